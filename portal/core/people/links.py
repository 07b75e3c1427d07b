"""One-time links: the invitation that opens an account, and the way back in for her who forgot the password."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit, outbox
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_ref, token_hash
from portal.core.base.leases import Claim
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.queries import PersonInfo, address_of, link_token, person, person_by_identifier
from portal.core.people.rules import LINK_LIFE, RENEWABLE_FOR, Purpose
from portal.core.people.sign_in_rows import end_sign_ins
from portal.core.people.sign_ins import Entered, FactorAsked, Visit, admit
from portal.core.people.tables import KnownDevice, OneTimeLink, Person

LINK_TOPIC = "people.link"
RECOVERY_TOPIC = "people.recovery"


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a link's page needs to know: whose it is, whether it still opens, whether it may fetch a fresh one."""

    person: PersonInfo
    usable: bool
    renewable: bool


async def make_link(actor: Actor, person_id: int, purpose: Purpose, at: datetime) -> str:
    """A new link, mailed, in the caller's transaction; an older one of its kind is dead from now on. Its URL."""
    await OneTimeLink.update({OneTimeLink.ended_at: at}).where(
        OneTimeLink.person == person_id, OneTimeLink.purpose == purpose.value, OneTimeLink.ended_at.is_null()
    )
    ref = new_ref()
    rows = await OneTimeLink.insert(
        OneTimeLink(
            person=person_id,
            purpose=purpose.value,
            ref=ref,
            token_hash=token_hash(link_token(ref)),
            made_at=at,
            expires_at=at + LINK_LIFE,
        )
    )
    link_id = int(rows[0]["id"])
    await outbox.send(LINK_TOPIC, f"person:{person_id}", {"link_id": link_id}, at)
    facts = {"link": link_id, "purpose": purpose.value}
    await audit.record(actor, "people.link_made", ("person", person_id), at, facts)
    return address_of(purpose, ref)


async def invite(actor: Actor, person_id: int, at: datetime) -> str:
    """An invitation to set the first password; the URL is for whoever may pass it on.

    Raises Refused("joined_already") where she has a password: her way is the recovery.
    """
    async with writing():
        rows = await Person.select(Person.password_hash, Person.disabled_at).where(
            Person.id == person_id, Person.erased_at.is_null()
        )
        if not rows:
            raise NotFound
        if rows[0]["password_hash"] is not None:
            raise Refused("joined_already")
        if rows[0]["disabled_at"] is not None:
            raise Refused("account_disabled")
        return await make_link(actor, person_id, Purpose.INVITATION, at)


async def ask_recovery(identifier: str, at: datetime) -> None:
    """Note that somebody asked to be let back in. Known or not, the same is written; the worker does the rest."""
    async with writing():
        known = await person_by_identifier(identifier)
        person_id = known.id if known is not None else 0
        await outbox.send(RECOVERY_TOPIC, f"person:{person_id}", {"person_id": person_id}, at)


async def prepare_recovery(claim: Claim) -> None:
    """The worker's part of a recovery: a link for a person who may come in; nothing for anybody else."""
    at = now()
    async with writing():
        known = await person(int(claim.payload["person_id"]))
        if known is not None and not known.disabled and await claim.finish(at):
            await make_link(SYSTEM, known.id, Purpose.RECOVERY, at)


async def open_link(token: str, purpose: Purpose, at: datetime) -> OpenedLink | None:
    """The link behind a URL; None for an unknown one, or one that a newer link or its use has ended."""
    async with reading():
        rows = await OneTimeLink.select(OneTimeLink.person, OneTimeLink.made_at, OneTimeLink.expires_at).where(
            OneTimeLink.token_hash == token_hash(token),
            OneTimeLink.purpose == purpose.value,
            OneTimeLink.ended_at.is_null(),
        )
        whose = await person(rows[0]["person"]) if rows else None
    if whose is None or whose.disabled:
        return None
    renewable = purpose is Purpose.INVITATION and at < rows[0]["made_at"] + RENEWABLE_FOR
    return OpenedLink(whose, usable=at < rows[0]["expires_at"], renewable=renewable)


async def renew_invitation(token: str, actor: Actor, at: datetime) -> None:
    """Send a fresh invitation to where the first one went; the holder of the old one learns nothing by it.

    Raises Refused("link_gone").
    """
    async with writing():
        opened = await open_link(token, Purpose.INVITATION, at)
        if opened is None or not opened.renewable:
            raise Refused("link_gone", way="/recovery", status=410)
        await make_link(actor, opened.person.id, Purpose.INVITATION, at)


async def accept_link(
    token: str, password_hash: str, at: datetime, *, language: str | None = None, visit: Visit | None = None
) -> int:
    """Use the link up and set the password; every sign-in and every other link of hers ends. Returns the person's id.

    Raises Refused("link_gone") where it was used, replaced, or ran out.
    """
    async with writing():
        person_id = await _use(token, at)
        values: dict[object, object] = {Person.password_hash: password_hash}
        if language is not None:
            values[Person.language] = language
        set_now = (
            await Person.update(values)  # type: ignore[arg-type]
            .where(Person.id == person_id, Person.disabled_at.is_null(), Person.erased_at.is_null())
            .returning(Person.id)
        )
        if not set_now:
            raise Refused("account_disabled", status=403)
        await end_links(person_id, at)
        await end_sign_ins(person_id, at)
        await KnownDevice.delete().where(KnownDevice.person == person_id)
        actor = (visit or Visit()).actor(person_id)
        await audit.record(actor, "people.link_used", ("person", person_id), at)
        return person_id


async def come_in_by_link(
    token: str, password_hash: str, visit: Visit, at: datetime, *, language: str | None = None
) -> Entered | FactorAsked:
    """Use the link up and go straight in; a second factor that stands is asked all the same."""
    async with writing():
        person_id = await accept_link(token, password_hash, at, language=language, visit=visit)
        return await admit(person_id, visit, at)


async def _use(token: str, at: datetime) -> int:
    used = (
        await OneTimeLink.update({OneTimeLink.ended_at: at})
        .where(OneTimeLink.token_hash == token_hash(token), OneTimeLink.ended_at.is_null(), OneTimeLink.expires_at > at)
        .returning(OneTimeLink.person)
    )
    if not used:
        raise Refused("link_gone", way="/recovery", status=410)
    return int(used[0]["person"])


async def end_links(person_id: int, at: datetime) -> None:
    """No link that went out to her opens any more; inside the caller's transaction."""
    await OneTimeLink.update({OneTimeLink.ended_at: at}).where(
        OneTimeLink.person == person_id, OneTimeLink.ended_at.is_null()
    )
