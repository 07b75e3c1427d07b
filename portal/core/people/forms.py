"""What a person may send here, and what is wrong with it."""

import ipaddress
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from portal.core.base.settings import settings
from portal.core.people.queries import PersonInfo
from portal.core.people.rules import Role, Scope, normal_email, normal_phone, password_fault
from portal.core.web.forms import Form
from portal.core.web.i18n import LANGUAGES, speaking, t
from portal.core.web.shapes import clean

Name = Annotated[str, Meta(min_length=1, max_length=80)]


class StaffRole(StrEnum):
    """The roles that an admin gives by hand; an owner's comes with her store."""

    MANAGER = Role.MANAGER.value
    AGENT = Role.AGENT.value
    DESK_LEAD = Role.DESK_LEAD.value
    ADMIN = Role.ADMIN.value


class Language(StrEnum):
    """The languages that a person may read in."""

    CHINESE = LANGUAGES[0]
    ENGLISH = LANGUAGES[1]


class NewStaff(Struct, frozen=True):
    """A staff account to be made: she is invited by e-mail."""

    name: Name
    email: Annotated[str, Meta(max_length=254)]
    role: StaffRole
    language: Language
    phone: Annotated[str, Meta(max_length=32)] | None = None

    def faults(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        if normal_email(self.email) is None:
            yield "email", "refusal.email_malformed", {}
        if self.phone is not None and normal_phone(self.phone) is None:
            yield "phone", "refusal.phone_malformed", {}


class RoleGiven(Struct, frozen=True):
    """A role to be given."""

    role: StaffRole


class NewKey(Struct, frozen=True):
    """An API key to be made."""

    name: Name
    scopes: list[Scope]

    def faults(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        if not self.scopes:
            yield "scopes", "people.fault.no_scope", {}


def check_new_password(form: Form, name: str, person: PersonInfo) -> str | None:
    """The password as typed, every character of it, or None with the fault beside its field."""
    typed = form.value(name)
    if not typed:
        form.add(name, "required")
        return None
    fault = password_fault(typed, [*_words_of(person), *_words_of_site()])
    if fault is not None:
        form.add(name, fault[0], **fault[1])
        return None
    return typed


def require(form: Form, *names: str) -> bool:
    """Whether all these fields are filled; those that are not get their fault."""
    empty = [name for name in names if not clean(form.value(name))]
    for name in empty:
        form.add(name, "required")
    return not empty


def typed_name(form: Form) -> str:
    """Whom a person says she is, as it may be looked up: what no database takes is gone."""
    return clean(form.value("identifier"))


def _words_of(person: PersonInfo) -> list[str]:
    phone = person.phone or ""
    local = (person.email or "").partition("@")[0]
    return [person.name, *person.name.split(), phone, phone[-8:], local, person.external_id or ""]


def _words_of_site() -> list[str]:
    """The site's own names in both languages: what a stranger would try here first."""
    words = [settings().site_name, *_host_words()]
    for language in LANGUAGES:
        with speaking(language):
            words += [t("ui.site_name"), *t("people.password.site_words").split()]
    return words


def _host_words() -> list[str]:
    host = settings().host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.split(".")[:-1]
    return []
