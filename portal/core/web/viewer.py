"""Who is looking, as a plain value."""

from dataclasses import dataclass, field
from datetime import datetime

from portal.core.base.audit import Actor


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person with what she may do here and how she likes to read."""

    person_id: int
    name: str
    sign_in_id: int
    roles: frozenset[str]
    capabilities: frozenset[str]
    language: str
    theme: str
    care: bool
    factor_missing: bool  # staff who has not set up her second factor yet
    confirmed_until: datetime | None
    address: str | None = None
    request_ref: str | None = None
    external_id: str | None = field(default=None)

    def may(self, capability: str) -> bool:
        return capability in self.capabilities

    def is_a(self, role: str) -> bool:
        return role in self.roles

    @property
    def actor(self) -> Actor:
        return Actor("person", self.person_id, self.address, self.request_ref)


@dataclass(frozen=True, slots=True)
class Program:
    """Another program with an API key."""

    key_id: int
    name: str
    scopes: frozenset[str]
    address: str | None = None
    request_ref: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor("api_key", self.key_id, self.address, self.request_ref)
