"""Who is asked to approve, and when they are reminded. Call in `writing()`."""

from collections.abc import Iterable
from datetime import datetime

from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.compensations import kin, queries
from portal.service.compensations.queries import ProposalInfo
from portal.service.complaints.queries import ComplaintInfo

WAY = "/desk/approvals"


async def approvers(info: ComplaintInfo, made: ProposalInfo, *roles: Role) -> list[int]:
    """Who of these roles may approve it: neither who made it nor who is related to the parties."""
    parties, found = await kin.parties_of(info), []
    for role in roles:
        for person in await people.people_with_role(role):
            if person.id != made.agent_id and person.id not in found and not await kin.ties(person.id, parties):
                found.append(person.id)
    return found


async def ask(info: ComplaintInfo, made: ProposalInfo, at: datetime) -> None:
    """The desk leads are asked; where they are too few, the admins too."""
    who = await approvers(info, made, Role.DESK_LEAD)
    if len(who) < made.needs:
        who = await approvers(info, made, Role.DESK_LEAD, Role.ADMIN)
    await _tell(who, "compensation_asked", made, at)


async def remind(info: ComplaintInfo, made: ProposalInfo, at: datetime) -> None:
    """Half of the time is over."""
    said = {each.person_id for each in await queries.approvals_of([made.id])}
    who = await approvers(info, made, Role.DESK_LEAD) or await approvers(info, made, Role.ADMIN)
    await _tell([each for each in who if each not in said], "compensation_waits", made, at)


async def escalate(info: ComplaintInfo, made: ProposalInfo, at: datetime) -> None:
    """All of it is over: everybody who may, and every admin, and the agent who waits."""
    who = await approvers(info, made, Role.DESK_LEAD, Role.ADMIN)
    admins = [person.id for person in await people.people_with_role(Role.ADMIN)]
    await _tell(dict.fromkeys([*who, *admins]), "compensation_overdue", made, at)
    await notify(
        made.agent_id,
        "compensation_still_waits",
        {"buyer": info.vip_name},
        at,
        way=f"/desk/complaints/{info.ref}",
        email=False,
    )


async def _tell(who: Iterable[int], kind: str, made: ProposalInfo, at: datetime) -> None:
    params = {"agent": made.agent_name, "due_at": made.due_at or at, "value_fen": made.value_fen}
    for person_id in who:
        await notify(person_id, kind, params, at, way=f"{WAY}/{made.ref}")


async def tell_agent(kind: str, info: ComplaintInfo, made: ProposalInfo, at: datetime) -> None:
    """What became of what she had asked for."""
    params = {"buyer": info.vip_name, "amount_fen": made.amount_fen}
    await notify(made.agent_id, kind, params, at, way=f"/desk/complaints/{info.ref}")
