"""How the software says no: a code that every language has a sentence for, and a way on."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Refused(Exception):
    """A rule said no; nothing was written.

    `code` is a catalog key under `refusal.`, `params` fills its sentence, `way` is the page that mends it
    (a path of ours), `field` names the form field that it is about, if any.
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    way: str | None = None
    field: str | None = None
    status: int = 409
    retry_after: int | None = None  # seconds, where waiting is the way

    def __str__(self) -> str:
        return self.code


class NotFound(Refused):
    """There is no such record for this viewer: absent and not-hers look the same."""

    def __init__(self) -> None:
        super().__init__("not_found", status=404)


class Forbidden(Refused):
    """The record is the viewer's to see, but this act is not hers to do."""

    def __init__(self, code: str = "forbidden") -> None:
        super().__init__(code, status=403)


class Unavailable(Refused):
    """The ground is away for a moment (database, disk); trying again is right."""

    def __init__(self) -> None:
        super().__init__("unavailable", status=503)
