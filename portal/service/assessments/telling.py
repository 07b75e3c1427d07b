"""Who hears of a standing: the party by letter, the shop by event, staff by notice. In the caller's transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import quote

from portal.core.base import outbox
from portal.core.base.events import emit
from portal.core.base.public_links import Door, link_to
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.assessments.queries import HERE, Firm, VerdictInfo

TOPIC = "assessment.mail"
CHANGED = "supplier.standing_changed"


def party_way(external_id: str) -> str:
    return f"{HERE}/parties/{quote(external_id, safe='')}"


def subject(firm: Firm) -> str:
    return f"supplier:{firm.external_id}"


async def mail(firm: Firm, what: str, at: datetime, **params: object) -> None:
    """A letter to the party, if it has an address; its link is made either way, for staff to pass on."""
    await link_to(Door.STANDING, firm.id, at)
    if firm.email is not None:
        plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in params.items()}
        await outbox.send(TOPIC, subject(firm), {"party": firm.id, "what": what, "params": plain}, at)


async def staff(
    kind: str,
    params: Mapping[str, object],
    at: datetime,
    way: str,
    roles: Iterable[Role] = (Role.DESK_LEAD, Role.ADMIN),
) -> None:
    """A notice to each who holds one of these roles, once."""
    told: set[int] = set()
    for role in roles:
        for person in await people.people_with_role(role):
            if person.id not in told:
                told.add(person.id)
                await notify(person.id, kind, params, at, way=way, email=False)


async def changed(firm: Firm, verdict: VerdictInfo, at: datetime) -> None:
    """A party stands otherwise: everybody concerned hears of it."""
    await emit(CHANGED, subject(firm), {"verdict": verdict.id}, at)
    await mail(firm, f"standing_{verdict.after}", at, appeal_at=verdict.appeal_until)
    await staff(f"standing_{verdict.after}", {"party": firm.name}, at, verdict.way)
