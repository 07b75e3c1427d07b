"""An order to mend: sent with its date, answered by the party's link, accepted or not, and then shown in figures."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import local
from portal.core.base.database import hold, writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import Refused
from portal.core.supply.rules import Standing
from portal.service.assessments import cases, counting, deciding, queries, telling, verdicts, versions
from portal.service.assessments.cases import MendingInfo
from portal.service.assessments.evidence import Kept, attach
from portal.service.assessments.queries import Firm, VerdictInfo
from portal.service.assessments.rules import FreshEnd, Level, fresh_end
from portal.service.assessments.states import Mending, Verdicts, Wish, next_step
from portal.service.assessments.tables import Rectification, Submission
from portal.service.assessments.verdicts import Why
from portal.service.assessments.versions import VersionInfo

AFTER_REFUSAL = timedelta(days=3)  # a refusal always leaves some time
Values = dict[Any, Any]


async def order(firm: Firm, verdict: VerdictInfo, version: VersionInfo, at: datetime) -> None:
    """Order a party to mend, in the transaction of its verdict; what else was to be decided on it is overtaken."""
    await deciding.end_open(firm.id, at)
    due_at = at + timedelta(days=version.criteria.mend_days)
    row = Rectification(
        ref=new_ref(),
        party=firm.id,
        verdict=verdict.id,
        state=str(Mending.ORDERED),
        ordered_at=at,
        due_at=due_at,
        next_at=next_step(due_at, at),
    )
    made = await Rectification.insert(row)
    await audit.record(SYSTEM, "rectification.ordered", ("rectification", int(made[0]["id"])), at, {"party": firm.id})
    await telling.mail(firm, "ordered", at, due_at=due_at)


async def _held(ref: str) -> MendingInfo:
    found = await cases.mending(ref)
    await hold("suppliers", found.party_id)
    return await cases.mending(ref)


async def _move(info: MendingInfo, state: Mending, to: Mending, **values: Any) -> None:
    wanted: dict[Any, Any] = {"state": str(to), **values}
    rows = (
        await Rectification.update(wanted)
        .where(Rectification.id == info.id, Rectification.state == str(state))
        .returning(Rectification.id)
    )
    if not rows:
        raise Refused("rectification_moved", way=telling.party_way(info.external_id))


async def submit(actor: Actor, ref: str, text: str, files: Iterable[Kept], at: datetime) -> None:
    """What the party sends to show that it has mended. Raises NotFound; Refused `rectification_moved` (409)."""
    async with writing():
        info = await _held(ref)
        await _move(info, Mending.ORDERED, Mending.ANSWERED)
        made = await Submission.insert(Submission(rectification=info.id, text=text, at=at))
        await attach(f"submission:{made[0]['id']}", info.party_id, files, at)
        await audit.record(actor, "rectification.answered", ("rectification", info.id), at)
        way = telling.party_way(info.external_id)
        await telling.staff("standing_evidence", {"party": info.party_name}, at, way)


async def accept(actor: Actor, person_id: int, ref: str, words: str, at: datetime) -> None:
    """What was sent is enough: from tomorrow on, new orders show whether it helped. Raises as `submit`."""
    async with writing():
        info = await _held(ref)
        fresh_from = local(at).date() + timedelta(days=1)
        moved = {"accepted_at": at, "accepted_by": person_id, "next_at": None, "fresh_from": fresh_from.isoformat()}
        await _move(info, Mending.ANSWERED, Mending.FRESH, **moved)
        await _answer(info, person_id, words, at, accepted=True)
        await verdicts.begin_afresh(info.party_id, fresh_from)
        await audit.record(actor, "rectification.accepted", ("rectification", info.id), at)
        await telling.mail(await queries.firm(info.party_id), "accepted", at)


async def refuse(actor: Actor, person_id: int, ref: str, words: str, at: datetime) -> None:
    """What was sent is not enough, with the reason; there is always some time left for more. Raises as `submit`."""
    async with writing():
        info = await _held(ref)
        due_at = max(info.due_at, at + AFTER_REFUSAL)
        await _move(info, Mending.ANSWERED, Mending.ORDERED, due_at=due_at, next_at=next_step(due_at, at))
        await _answer(info, person_id, words, at, accepted=False)
        await audit.record(actor, "rectification.refused", ("rectification", info.id), at)
        await telling.mail(await queries.firm(info.party_id), "refused", at, due_at=due_at)


async def _answer(info: MendingInfo, person_id: int, words: str, at: datetime, *, accepted: bool) -> None:
    values: Values = {
        Submission.accepted: accepted,
        Submission.answer: words,
        Submission.answered_by: person_id,
        Submission.answered_at: at,
    }
    await Submission.update(values).where(Submission.rectification == info.id, Submission.answered_at.is_null())


async def extend(actor: Actor, person_id: int, ref: str, reason: str, at: datetime) -> None:
    """More time, once, with a reason. Raises NotFound; Refused `rectification_moved`, `rectification_extended`."""
    async with writing():
        info = await _held(ref)
        if info.extended_at is not None:
            raise Refused("rectification_extended", way=telling.party_way(info.external_id))
        due_at = info.due_at + timedelta(days=(await versions.in_force(at)).criteria.extend_days)
        more = {"due_at": due_at, "next_at": next_step(due_at, at), "extended_at": at, "extended_by": person_id}
        await _move(info, Mending.ORDERED, Mending.ORDERED, extension=reason, **more)
        await audit.record(actor, "rectification.extended", ("rectification", info.id), at)
        await telling.mail(await queries.firm(info.party_id), "extended", at, due_at=due_at)


async def run_out(info: MendingInfo, at: datetime) -> None:
    """The date has passed without anything that was accepted: two people decide. In `writing()`."""
    firm = await queries.firm(info.party_id)
    await _move(info, Mending.ORDERED, Mending.FAILED, ended_at=at, next_at=None)
    why = Why(Verdicts.OVERDUE, f"rectification:{info.ref}")
    passed = await verdicts.write(SYSTEM, firm, await verdicts.present(firm, at), Standing.RECTIFYING, why, at)
    await _failed(firm, info, passed, at)


async def look(firm: Firm, info: MendingInfo, day: date, version: VersionInfo, at: datetime) -> FreshEnd | None:
    """Judge the window since it was accepted, as far as it has come; None while it runs. In `writing()`."""
    assert info.fresh_from is not None
    if day < info.fresh_from:
        return None
    days = (info.fresh_from, day)
    on = verdicts.found(firm.kind, day, days, await counting.sums(firm.id, *days), version)
    end = fresh_end(on.judgement, on.sums.counted, day, info.fresh_from, version.criteria)
    if end is None:
        return None
    why = Why(Verdicts.FRESH, f"rectification:{info.ref}")
    if end is FreshEnd.FAILED:
        await _move(info, Mending.FRESH, Mending.FAILED, ended_at=at)
        await _failed(firm, info, await verdicts.write(SYSTEM, firm, on, Standing.RECTIFYING, why, at), at)
    else:
        await _move(info, Mending.FRESH, Mending.PASSED, ended_at=at)
        after = Standing.WATCH if on.judgement.level is Level.WATCH else Standing.GOOD
        await verdicts.write(SYSTEM, firm, on, after, why, at)
    return end


async def _failed(firm: Firm, info: MendingInfo, passed: VerdictInfo, at: datetime) -> None:
    because = {"verdict": passed.ref, "origin": str(passed.origin)}
    await telling.mail(firm, "failed", at, appeal_at=passed.appeal_until)
    await deciding.raise_proposal(firm, Wish.BLACKLIST, because, at, info.id)


async def end_open(party_id: int, at: datetime) -> None:
    """An order to mend is overtaken. In `writing()`."""
    info = await cases.open_mending(party_id)
    if info is not None:
        await _move(info, info.state, Mending.ENDED, ended_at=at, next_at=None)
