"""What other rooms and our pages ask about people. Call inside reading() or writing()."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.clock import now
from portal.core.base.ids import bound_to
from portal.core.base.settings import settings
from portal.core.people.rules import Purpose, normal_identifier
from portal.core.people.tables import OneTimeLink, Person, RoleGrant, SecondFactor
from portal.core.web.paging import Cut, Page, paged

LARGEST_ID = 2**63 - 1
_PATHS = {Purpose.INVITATION: "invitations", Purpose.RECOVERY: "recovery"}


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """A person as other rooms may know her. `phone` is whole: whoever shows it masks it."""

    id: int
    external_id: str | None
    name: str
    phone: str | None
    email: str | None
    language: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of the people list: who, and what she is."""

    info: PersonInfo
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that runs."""

    role: str
    granted_at: datetime
    certified_until: datetime | None


@dataclass(frozen=True, slots=True)
class Account:
    """How a person stands with her account, for the admin's page."""

    info: PersonInfo
    roles: tuple[HeldRole, ...]
    joined: bool  # has set a password
    factor_since: datetime | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """A one-time link and whose it is; what a mail about it needs."""

    id: int
    person_id: int
    purpose: str
    url: str
    expires_at: datetime


_COLUMNS = (
    Person.id,
    Person.external_id,
    Person.name,
    Person.phone,
    Person.email,
    Person.language,
    Person.disabled_at,
)


def _info(row: Mapping[str, Any]) -> PersonInfo:
    return PersonInfo(
        id=row["id"],
        external_id=row["external_id"],
        name=row["name"],
        phone=row["phone"],
        email=row["email"],
        language=row["language"],
        disabled=row["disabled_at"] is not None,
    )


async def _one(condition: Any) -> PersonInfo | None:
    rows = await Person.select(*_COLUMNS).where(condition, Person.erased_at.is_null()).limit(1)
    return _info(rows[0]) if rows else None


async def person(person_id: int) -> PersonInfo | None:
    """Somebody by our own id; None for erased people."""
    return await _one(Person.id == person_id) if 0 < person_id <= LARGEST_ID else None


async def person_by_external_id(external_id: str) -> PersonInfo | None:
    """Somebody by the shop's name for her."""
    return await _one(Person.external_id == external_id)


async def person_by_identifier(identifier: str) -> PersonInfo | None:
    """Somebody by what she signs in with: e-mail or phone, however it is typed."""
    plain = normal_identifier(identifier)
    return await _one((Person.email == plain) if "@" in plain else (Person.phone == plain))


async def people(person_ids: Iterable[int]) -> dict[int, PersonInfo]:
    """Several at once, by id; unknown and erased ones are left out."""
    wanted = sorted(set(person_ids))
    if not wanted:
        return {}
    rows = await Person.select(*_COLUMNS).where(Person.id.is_in(wanted), Person.erased_at.is_null())
    return {row["id"]: _info(row) for row in rows}


async def people_with_role(role: str, limit: int = 500) -> list[PersonInfo]:
    """Who holds `role` now and may come in, by name; for choosing one."""
    holders = RoleGrant.select(RoleGrant.person).where(RoleGrant.role == role, RoleGrant.ended_at.is_null())
    rows = (
        await Person.select(*_COLUMNS)
        .where(Person.id.is_in(holders), Person.erased_at.is_null(), Person.disabled_at.is_null())
        .order_by(Person.name, Person.id)
        .limit(limit)
    )
    return [_info(row) for row in rows]


async def roles_of(person_id: int) -> frozenset[str]:
    """The roles that she holds now."""
    rows = await RoleGrant.select(RoleGrant.role).where(RoleGrant.person == person_id, RoleGrant.ended_at.is_null())
    return frozenset(row["role"] for row in rows)


async def _roles_of_many(person_ids: Collection[int]) -> dict[int, list[HeldRole]]:
    if not person_ids:
        return {}
    rows = (
        await RoleGrant.select(RoleGrant.person, RoleGrant.role, RoleGrant.granted_at, RoleGrant.certified_until)
        .where(RoleGrant.person.is_in(list(person_ids)), RoleGrant.ended_at.is_null())
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    held: dict[int, list[HeldRole]] = {}
    for row in rows:
        held.setdefault(row["person"], []).append(HeldRole(row["role"], row["granted_at"], row["certified_until"]))
    return held


def _like(text: str) -> str:
    """`text` to be found anywhere, its own wildcards taken literally."""
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"


def _search_sql(text: str, role: str) -> tuple[str, list[object]]:
    wheres: list[str] = ["p.erased_at IS NULL"]
    values: list[object] = []
    if text:
        wheres.append(r"(lower(p.name) LIKE {} ESCAPE '\' OR p.email LIKE {} ESCAPE '\' OR p.phone LIKE {} ESCAPE '\')")
        found = _like(text.lower())
        values += [found, found, f"%{text}" if text.isdigit() else found]  # of a number, its tail
    if role:
        wheres.append("EXISTS (SELECT 1 FROM roles r WHERE r.person = p.id AND r.role = {} AND r.ended_at IS NULL)")
        values.append(role)
    return " AND ".join(wheres), values


async def search_people(cut: Cut, text: str = "", role: str = "") -> Page[PersonRow]:
    """People by part of the name or e-mail, or the tail of the phone number; newest first, by key."""
    where, values = _search_sql(text.strip()[:80], role)
    rows: Sequence[Mapping[str, Any]] = await Person.raw(
        "SELECT p.id, p.external_id, p.name, p.phone, p.email, p.language, p.disabled_at FROM persons p"  # noqa: S608
        f" WHERE {where} AND p.id < {{}} ORDER BY p.id DESC LIMIT {{}}",
        *values,
        cut.after or LARGEST_ID,
        cut.fetch,
    )
    page = paged(rows, cut, lambda row: row["id"])
    held = await _roles_of_many([row["id"] for row in page.items])
    shown = [PersonRow(_info(row), tuple(one.role for one in held.get(row["id"], []))) for row in page.items]
    return Page(shown, page.next_after)


async def account(person_id: int) -> Account | None:
    """One person's account, for the admin; None for unknown and erased ones."""
    if not 0 < person_id <= LARGEST_ID:
        return None
    rows = await Person.select(*_COLUMNS, Person.password_hash, Person.created_at).where(
        Person.id == person_id, Person.erased_at.is_null()
    )
    if not rows:
        return None
    row = rows[0]
    factors = await SecondFactor.select(SecondFactor.confirmed_at).where(SecondFactor.person == person_id)
    held = await _roles_of_many([person_id])
    return Account(
        info=_info(row),
        roles=tuple(held.get(person_id, [])),
        joined=row["password_hash"] is not None,
        factor_since=factors[0]["confirmed_at"] if factors else None,
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
    )


# ---- one-time links ----


def link_token(ref: str) -> str:
    """The secret of a link, made again from its row and the site's own: nothing has to keep it."""
    return bound_to(settings().secret_key, "link", ref)


def address_of(purpose: str, ref: str) -> str:
    """The whole URL of a link, always under the configured address, whatever host was asked."""
    return f"{settings().base_url}/{_PATHS[Purpose(purpose)]}/{link_token(ref)}"


async def link_url(link_id: int, at: datetime | None = None) -> str | None:
    """The URL of a link for the mail that carries it; None once it was used, replaced, or ran out (by `at` or now)."""
    found = await link(link_id)
    return found.url if found is not None and (at or now()) < found.expires_at else None


async def link(link_id: int) -> LinkInfo | None:
    """A link that was neither used nor replaced; it may have run out."""
    rows = await OneTimeLink.select(
        OneTimeLink.id, OneTimeLink.person, OneTimeLink.purpose, OneTimeLink.ref, OneTimeLink.expires_at
    ).where(OneTimeLink.id == link_id, OneTimeLink.ended_at.is_null())
    if not rows:
        return None
    row = rows[0]
    return LinkInfo(row["id"], row["person"], row["purpose"], address_of(row["purpose"], row["ref"]), row["expires_at"])
