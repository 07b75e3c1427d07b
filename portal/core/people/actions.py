"""What changes about people, each use one transaction: accounts, roles, preferences; and the room's other acts."""

from collections.abc import Iterable
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import LANGUAGES, settings
from portal.core.people.api_keys import make_api_key, replace_api_key, revoke_api_key
from portal.core.people.links import (
    accept_link,
    ask_recovery,
    come_in_by_link,
    end_links,
    invite,
    make_link,
    prepare_recovery,
    renew_invitation,
)
from portal.core.people.queries import person_by_identifier
from portal.core.people.rules import STAFF, Purpose, Role, normal_email, normal_phone
from portal.core.people.second_factor import begin_factor, confirm_factor, end_factor, renew_codes
from portal.core.people.sign_in_rows import (
    confirm,
    end_device,
    end_sign_ins,
    renew_token,
    sign_out,
    sign_out_everywhere,
)
from portal.core.people.sign_ins import answer_factor, attempt
from portal.core.people.tables import Person, RoleGrant

__all__ = [
    "accept_link",
    "answer_factor",
    "ask_recovery",
    "attempt",
    "begin_factor",
    "certify_roles",
    "change_password",
    "come_in_by_link",
    "confirm",
    "confirm_factor",
    "create_admin_invitation",
    "create_person",
    "disable_person",
    "end_device",
    "end_factor",
    "end_role",
    "grant_role",
    "invite",
    "make_api_key",
    "prepare_recovery",
    "remove_factor",
    "renew_codes",
    "renew_invitation",
    "replace_api_key",
    "restore_person",
    "revoke_api_key",
    "set_preferences",
    "sign_out",
    "sign_out_everywhere",
]

_CREATE = (
    "INSERT INTO persons (external_id, name, phone, email, language, theme, care, created_at)"
    " VALUES ({}, {}, {}, {}, {}, 'system', FALSE, {}) ON CONFLICT DO NOTHING RETURNING id"
)


async def create_person(
    actor: Actor,
    *,
    name: str,
    role: Role | str,
    at: datetime,
    email: str | None = None,
    phone: str | None = None,
    external_id: str | None = None,
    language: str | None = None,
) -> int:
    """A new account with one role, without a password yet; returns its id.

    Raises Refused("email_malformed" | "phone_malformed" | "person_taken"), each naming its field.
    """
    kept_email = normal_email(email) if email else None
    kept_phone = normal_phone(phone) if phone else None
    if email and kept_email is None:
        raise Refused("email_malformed", field="email", status=422)
    if phone and kept_phone is None:
        raise Refused("phone_malformed", field="phone", status=422)
    spoken = language if language in LANGUAGES else settings().language
    async with writing():
        rows = await Person.raw(_CREATE, external_id, name[:80], kept_phone, kept_email, spoken, at)
        if not rows:
            raise Refused("person_taken", field=await _taken_field(external_id, kept_phone))
        person_id = int(rows[0]["id"])
        await audit.record(actor, "people.created", ("person", person_id), at, {"role": Role(role).value})
        await grant_role(actor, person_id, role, at)
    return person_id


async def _taken_field(external_id: str | None, phone: str | None) -> str:
    if external_id is not None and await Person.exists().where(Person.external_id == external_id):
        return "external_id"
    if phone is not None and await Person.exists().where(Person.phone == phone):
        return "phone"
    return "email"


def _not_herself(actor: Actor, person_id: int, role: Role | str | None = None) -> None:
    """Nobody makes herself more than she is, or locks herself (and perhaps the last admin) out."""
    if actor.kind == "person" and actor.id == person_id and (role is None or role in STAFF):
        raise Refused("own_account", status=403)


async def grant_role(actor: Actor, person_id: int, role: Role | str, at: datetime) -> bool:
    """Give a role from now on; False where she holds it already. What she may changes, so her sign-ins end.

    Raises Refused("own_account") where somebody would promote herself.
    """
    _not_herself(actor, person_id, role)
    async with writing():
        rows = await RoleGrant.raw(
            "INSERT INTO roles (person, role, granted_at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            person_id,
            Role(role).value,
            at,
        )
        if rows:
            await end_sign_ins(person_id, at)
            await audit.record(actor, "people.role_granted", ("person", person_id), at, {"role": Role(role).value})
    return bool(rows)


async def end_role(actor: Actor, person_id: int, role: Role | str, at: datetime) -> bool:
    """Take a role away; False where she did not hold it. Her sign-ins end."""
    _not_herself(actor, person_id, role)
    async with writing():
        rows = (
            await RoleGrant.update({RoleGrant.ended_at: at})
            .where(RoleGrant.person == person_id, RoleGrant.role == Role(role).value, RoleGrant.ended_at.is_null())
            .returning(RoleGrant.id)
        )
        if rows:
            await end_sign_ins(person_id, at)
            await audit.record(actor, "people.role_ended", ("person", person_id), at, {"role": Role(role).value})
    return bool(rows)


async def certify_roles(
    actor: Actor, person_id: int, roles: Iterable[Role], until: datetime | None, at: datetime
) -> bool:
    """Write until when those of these roles that she holds are certified (None: not); False where they say so.

    Only certification calls it.
    """
    known = RoleGrant.certified_until
    other = known.is_not_null() if until is None else known.is_null() | (known != until)
    async with writing():
        rows = (
            await RoleGrant.update({RoleGrant.certified_until: until})
            .where(
                RoleGrant.person == person_id,
                RoleGrant.role.is_in([role.value for role in roles]),
                RoleGrant.ended_at.is_null(),
                other,
            )
            .returning(RoleGrant.role)
        )
        if rows:
            facts = {"roles": sorted(row["role"] for row in rows), "until": until}
            await audit.record(actor, "people.role_certified", ("person", person_id), at, facts)
    return bool(rows)


async def disable_person(actor: Actor, person_id: int, at: datetime) -> None:
    """Close the account: nobody comes in, every sign-in and link ends. Again changes nothing. Raises NotFound."""
    _not_herself(actor, person_id)
    async with writing():
        changed = (
            await Person.update({Person.disabled_at: at})
            .where(Person.id == person_id, Person.disabled_at.is_null(), Person.erased_at.is_null())
            .returning(Person.id)
        )
        if changed:
            await end_sign_ins(person_id, at)
            await end_links(person_id, at)
            await audit.record(actor, "people.disabled", ("person", person_id), at)
        elif not await Person.exists().where(Person.id == person_id):
            raise NotFound


async def restore_person(actor: Actor, person_id: int, at: datetime) -> None:
    """Open a closed account again; she signs in with the password that she had. Raises NotFound."""
    async with writing():
        changed = (
            await Person.update({Person.disabled_at: None})
            .where(Person.id == person_id, Person.disabled_at.is_not_null(), Person.erased_at.is_null())
            .returning(Person.id)
        )
        if changed:
            await audit.record(actor, "people.restored", ("person", person_id), at)
        elif not await Person.exists().where(Person.id == person_id, Person.erased_at.is_null()):
            raise NotFound


async def remove_factor(actor: Actor, person_id: int, at: datetime) -> bool:
    """The admin's way, for her who lost phone and codes: the second factor goes, and every sign-in with it."""
    async with writing():
        gone = await end_factor(person_id, actor, at)
        if gone:
            await end_sign_ins(person_id, at)
    return gone


async def set_preferences(
    person_id: int, language: str | None = None, theme: str | None = None, care: bool | None = None
) -> None:
    """Keep how she likes to read; None leaves as it is."""
    columns = {Person.language: language, Person.theme: theme, Person.care: care}
    values = {column: value for column, value in columns.items() if value is not None}
    if values:
        async with writing():
            await Person.update(values).where(Person.id == person_id)  # type: ignore[arg-type]


async def change_password(
    person_id: int, sign_in_id: int, actor: Actor, at: datetime, *, compared: str, new_hash: str
) -> str:
    """Replace the password whose hash was `compared`; every other sign-in and every link ends.

    Returns the new token of the sign-in that stays. Raises Refused("password_wrong") where it was changed meanwhile.
    """
    async with writing():
        changed = (
            await Person.update({Person.password_hash: new_hash})
            .where(Person.id == person_id, Person.password_hash == compared)
            .returning(Person.id)
        )
        if not changed:
            raise Refused("password_wrong", field="password", status=422)
        await end_sign_ins(person_id, at, keep=sign_in_id)
        await end_links(person_id, at)
        await audit.record(actor, "people.password_changed", ("person", person_id), at)
        return await renew_token(sign_in_id, at)


async def create_admin_invitation(*, name: str, email: str, at: datetime) -> str:
    """From the console: the one-time link by which an admin sets her password. There is no default account.

    An account of that e-mail becomes an admin's; where it has a password already, the link recovers it.
    Raises Refused("email_malformed").
    """
    async with writing():
        known = await person_by_identifier(email) if normal_email(email) else None
        if known is None:
            person_id = await create_person(SYSTEM, name=name, role=Role.ADMIN, at=at, email=email)
        else:
            person_id = known.id
            await grant_role(SYSTEM, person_id, Role.ADMIN, at)
        joined = await Person.exists().where(Person.id == person_id, Person.password_hash.is_not_null())
        return await make_link(SYSTEM, person_id, Purpose.RECOVERY if joined else Purpose.INVITATION, at)
