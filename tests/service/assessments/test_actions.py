"""From the first figures to the blacklist and back: each step once, nobody alone, everybody told."""

import asyncio
from datetime import datetime, timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.base.sweeping import Unfinished
from portal.core.base.tables import AuditEntry, Event, Outbox
from portal.core.notices.tables import Notice
from portal.core.supply import standings
from portal.core.supply.rules import Standing, SupplierKind
from portal.service.assessments import (
    appealing,
    cases,
    deciding,
    judging,
    mending,
    queries,
    sweeps,
    verdicts,
    versions,
    whitelist,
)
from portal.service.assessments.criteria import Criteria
from portal.service.assessments.queries import Firm
from portal.service.assessments.rules import Basis, Level, WhiteNo
from portal.service.assessments.states import Appealed, Mending, Proposed, Verdicts, Wish
from portal.service.assessments.tables import AssessedParty, Verdict
from portal.service.assessments.told import told_changed
from portal.service.facts.tables import PartyDay
from tests.cast import Cast
from tests.service.assessments import make
from tests.service.assessments.make import DAY, yesterday


@pytest.fixture
def at() -> datetime:
    return now()


async def events() -> list[str]:
    async with reading():
        rows = await Event.select(Event.type, Event.subject).order_by(Event.id)
    return [f"{row['type']} {row['subject']}" for row in rows if row["type"].startswith("supplier.")]


async def notices(kind: str) -> int:
    async with reading():
        return int(await Notice.count().where(Notice.kind == kind))


async def letters() -> list[str]:
    async with reading():
        rows = await Outbox.select(Outbox.payload).where(Outbox.topic == "assessment.mail").order_by(Outbox.id)
    return [row["payload"].split('"what": "')[1].split('"')[0] for row in rows]


async def test_a_day_judges_everybody_once_however_often_it_is_asked(cast: Cast, at: datetime) -> None:
    there = await make.firm("qinling", at)
    await make.counted(there, yesterday(at, 5), counted=30, faulted=2)
    assert await make.judged(there, yesterday(at), at) is Standing.WATCH
    again = await asyncio.gather(*(judging.judge_day(yesterday(at), at) for _ in range(3)))
    assert again == [0, 0, 0]
    async with reading():
        assert await Verdict.count() == 1
        party = await queries.party(there.id)
    assert party is not None
    assert (party.hits, party.cases, party.basis, party.rate_bp) == (2, 30, Basis.POINT, 667)
    assert await events() == ["supplier.standing_changed supplier:qinling"]
    assert await notices("standing_watch") == 3  # the desk lead and both admins


async def test_two_at_once_judge_each_party_once(cast: Cast, at: datetime) -> None:
    there = await make.firm("qinling", at)
    await make.counted(there, yesterday(at, 5), counted=100, faulted=8)
    counts = await asyncio.gather(*(judging.judge_day(yesterday(at), at) for _ in range(4)))
    assert sum(counts) == 1
    async with reading():
        assert await Verdict.count() == 1
    assert await events() == ["supplier.standing_changed supplier:qinling"]


async def test_who_slept_judges_every_day_in_order(cast: Cast, at: datetime) -> None:
    there = await make.firm("qinling", at)
    assert await sweeps.judge() == 1
    await make.counted(there, yesterday(at), counted=100, faulted=8)
    async with reading():
        assert await judging.next_day(at) is None
        later = at + 3 * DAY
        assert await judging.next_day(later) == local(at).date()
    for back in (2, 1, 0):
        await judging.judge_day(yesterday(later, back), later)
    async with reading():
        assert await judging.next_day(later) is None
        assert [str(each.day) for each in await queries.verdicts_of(there.id)] == [str(local(at).date())]


async def test_who_cannot_be_judged_keeps_nobody_from_it(cast: Cast, at: datetime) -> None:
    broken, sound = await make.firm("ancient", at), await make.firm("qinling", at)
    for there in (broken, sound):
        await make.counted(there, yesterday(at), counted=100, faulted=8)
    async with writing():  # a count that no rule can take in, as a fault of the counting would leave it
        await PartyDay.update({PartyDay.counted: 3}).where(PartyDay.party == broken.id)
    with pytest.raises(Unfinished, match=f"the first {broken.id}: "):
        await judging.judge_day(yesterday(at), at)
    assert await make.standing(sound) is Standing.RECTIFYING
    async with reading():
        assert await judging.next_day(at) is None  # the next day counts the same window: nothing is lost


async def test_watch_ends_by_itself_when_the_figures_do(cast: Cast, at: datetime) -> None:
    there = await make.firm("qinling", at)
    await make.counted(there, yesterday(at, 89), counted=30, faulted=2)
    assert await make.judged(there, yesterday(at), at) is Standing.WATCH
    later = at + DAY
    assert await make.judged(there, yesterday(later), later) is Standing.GOOD
    verdict = await make.last_verdict(there)
    assert (verdict.before, verdict.after, verdict.sums.counted) == (Standing.WATCH, Standing.GOOD, 0)


async def test_an_order_to_mend_is_sent_answered_accepted_and_shown_in_figures(cast: Cast, at: datetime) -> None:
    there = await make.ordered(at)
    info = await make.mending(there)
    assert (info.state, info.due_at) == (Mending.ORDERED, at + 30 * DAY)
    assert await letters() == ["standing_rectifying", "ordered"]
    await mending.submit(SYSTEM, info.ref, "New packing since Monday", (), at + DAY)
    await mending.refuse(SYSTEM, cast.dora, info.ref, "Show the packing", at + 2 * DAY)
    with pytest.raises(Refused, match="rectification_moved"):
        await mending.accept(SYSTEM, cast.dora, info.ref, "Good", at + 2 * DAY)
    await mending.submit(SYSTEM, info.ref, "Here it is", (), at + 3 * DAY)
    await mending.accept(SYSTEM, cast.dora, info.ref, "Good", at + 4 * DAY)
    info = await make.mending(there)
    assert (info.state, info.fresh_from) == (Mending.FRESH, local(at + 5 * DAY).date())
    day = local(at + 6 * DAY).date()
    await make.counted(there, day, counted=29)
    assert await make.judged(there, day, at + 7 * DAY) is Standing.RECTIFYING
    await make.counted(there, day + timedelta(days=1), counted=1)
    assert await make.judged(there, day + timedelta(days=1), at + 8 * DAY) is Standing.GOOD
    verdict = await make.last_verdict(there)
    assert (verdict.origin, verdict.sums.counted, verdict.since_day) == (Verdicts.FRESH, 30, info.fresh_from)
    # What was ordered before it mended is not held against it once more.
    assert await make.judged(there, day + timedelta(days=2), at + 9 * DAY) is Standing.GOOD


async def failed(cast: Cast, at: datetime) -> tuple[Firm, datetime]:
    """A supplier whose fresh window showed the same faults again."""
    there = await make.ordered(at)
    info = await make.mending(there)
    await mending.submit(SYSTEM, info.ref, "We have mended", (), at + DAY)
    await mending.accept(SYSTEM, cast.dora, info.ref, "Good", at + DAY)
    day = local(at + 3 * DAY).date()
    await make.counted(there, day, counted=40, faulted=6)
    later = at + 4 * DAY
    assert await make.judged(there, day, later) is Standing.RECTIFYING  # nothing is blacklisted by itself
    return there, later


async def test_a_failed_window_asks_two_people_and_nobody_decides_alone(cast: Cast, at: datetime) -> None:
    there, later = await failed(cast, at)
    found = await make.proposal(there)
    assert (found.wish, found.state, found.due_at) == (Wish.BLACKLIST, Proposed.RAISED, later + 7 * DAY)
    with pytest.raises(Refused, match="standing_decided"):
        await deciding.confirm(SYSTEM, cast.alan, found.ref, later)  # nobody has put his name to it
    await deciding.propose(SYSTEM, cast.ada, there, Wish.BLACKLIST, "The same faults again", later)
    with pytest.raises(Refused, match="standing_alone"):
        await deciding.confirm(SYSTEM, cast.ada, found.ref, later)
    assert await make.standing(there) is Standing.RECTIFYING
    await deciding.confirm(SYSTEM, cast.alan, found.ref, later)
    assert await make.standing(there) is Standing.BLACKLISTED
    verdict = await make.last_verdict(there)
    assert (verdict.made_by, verdict.seconded_by, verdict.cause) == (cast.ada, cast.alan, f"proposal:{found.ref}")
    async with reading():
        past = await standings.past(there.id)
        rows = await Event.select(Event.payload, Event.subject).order_by(Event.id, ascending=False).limit(1)
    assert past[0].cause == f"verdict:{verdict.ref}"
    told = await told_changed({"verdict": verdict.id}, rows[0]["subject"])
    assert told is not None
    assert (told.data["standing"], told.data["sharing"], told.data["supplier"]) == ("blacklisted", False, "qinling")
    with pytest.raises(Refused, match="standing_decided"):
        await deciding.confirm(SYSTEM, cast.alan, found.ref, later)


async def test_two_confirmations_at_once_blacklist_once(cast: Cast, at: datetime) -> None:
    there, later = await failed(cast, at)
    await deciding.propose(SYSTEM, cast.dora, there, Wish.BLACKLIST, "Again", later)
    ref = (await make.proposal(there)).ref
    both = (cast.ada, cast.alan)
    found = await asyncio.gather(*(deciding.confirm(SYSTEM, one, ref, later) for one in both), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["ProposalInfo", "Refused"]
    async with reading():
        assert await Verdict.count().where(Verdict.after == "blacklisted") == 1


async def test_a_declined_blacklist_watches_on_and_begins_afresh(cast: Cast, at: datetime) -> None:
    there, later = await failed(cast, at)
    await deciding.propose(SYSTEM, cast.dora, there, Wish.BLACKLIST, "Again", later)
    await deciding.decline(SYSTEM, cast.ada, (await make.proposal(there)).ref, "One bad batch, recalled", later)
    assert await make.standing(there) is Standing.WATCH
    assert await make.judged(there, local(later).date(), later + DAY) is Standing.GOOD


async def test_figures_must_ask_for_a_blacklist_and_for_the_white_list(cast: Cast, at: datetime) -> None:
    there = await make.ordered(at)
    with pytest.raises(Refused, match="standing_not_raised"):
        await deciding.propose(SYSTEM, cast.ada, there, Wish.BLACKLIST, "I do not like them", at)
    with pytest.raises(Refused, match="standing_not_from"):
        await deciding.propose(SYSTEM, cast.ada, there, Wish.WHITE, "I like them", at)


async def test_silence_until_the_date_fails_and_is_told_before(cast: Cast, at: datetime) -> None:
    there = await make.ordered(at)
    info = await make.mending(there)
    assert info.next_at == at + 27 * DAY
    for moment in (at + 27 * DAY, at + 30 * DAY):
        async with writing():
            await sweeps._mending(info.ref, moment)
    assert (await make.mending(there)).state is Mending.FAILED
    assert (await letters())[2:] == ["ordered_soon", "failed"]
    verdict = await make.last_verdict(there)
    assert (verdict.origin, verdict.before, verdict.after) == (
        Verdicts.OVERDUE,
        Standing.RECTIFYING,
        Standing.RECTIFYING,
    )
    assert (await make.proposal(there)).wish is Wish.BLACKLIST


async def test_more_time_is_given_once(cast: Cast, at: datetime) -> None:
    there = await make.ordered(at)
    info = await make.mending(there)
    await mending.extend(SYSTEM, cast.dora, info.ref, "New machine comes on the 20th", at)
    assert (await make.mending(there)).due_at == at + 45 * DAY
    with pytest.raises(Refused, match="rectification_extended"):
        await mending.extend(SYSTEM, cast.dora, info.ref, "And more", at)


async def blacklisted(cast: Cast, at: datetime) -> tuple[Firm, datetime]:
    there, later = await failed(cast, at)
    await deciding.propose(SYSTEM, cast.ada, there, Wish.BLACKLIST, "The same again", later)
    await deciding.confirm(SYSTEM, cast.alan, (await make.proposal(there)).ref, later)
    return there, later


async def test_an_appeal_is_decided_by_somebody_else_and_restores(cast: Cast, at: datetime) -> None:
    there, later = await blacklisted(cast, at)
    verdict = await make.last_verdict(there)
    ref = await appealing.file(SYSTEM, there.id, verdict.ref, "It was the carrier", (), later + DAY)
    with pytest.raises(Refused, match="standing_appeal_twice"):
        await appealing.file(SYSTEM, there.id, verdict.ref, "Once more", (), later + DAY)
    for own in (cast.ada, cast.alan):
        with pytest.raises(Refused, match="standing_appeal_own"):
            await appealing.review(SYSTEM, own, ref, later + DAY)
    await appealing.review(SYSTEM, cast.dora, ref, later + DAY)
    await appealing.decide(SYSTEM, cast.dora, ref, "The carrier crushed them", later + 2 * DAY, reverse=True)
    assert await make.standing(there) is Standing.GOOD
    async with reading():
        assert (await cases.appeal(ref)).state is Appealed.REVERSED
        assert await cases.open_mending(there.id) is None
    assert (await make.last_verdict(there)).origin is Verdicts.APPEAL
    assert (await letters())[-3:] == ["appeal_in_review", "standing_good", "appeal_reversed"]
    assert await make.judged(there, local(later + 2 * DAY).date(), later + 3 * DAY) is Standing.GOOD
    # The reversal is a verdict of a person, too: whoever made it does not judge an appeal against it.
    async with reading():
        assert await appealing.parties_to(await make.last_verdict(there)) == {cast.dora}


async def test_what_is_not_against_a_party_is_not_appealed(cast: Cast, at: datetime) -> None:
    there, later = await blacklisted(cast, at)
    await deciding.propose(SYSTEM, cast.dora, there, Wish.RESTORE, "A new owner", later + DAY)
    await deciding.confirm(SYSTEM, cast.ada, (await make.proposal(there)).ref, later + DAY)
    with pytest.raises(Refused, match="standing_appeal_none"):
        await appealing.file(SYSTEM, there.id, (await make.last_verdict(there)).ref, "Thank you", (), later + 2 * DAY)


async def test_an_upheld_appeal_changes_nothing_and_a_late_one_is_refused(cast: Cast, at: datetime) -> None:
    there, later = await blacklisted(cast, at)
    verdict = await make.last_verdict(there)
    with pytest.raises(Refused, match="standing_appeal_over"):
        await appealing.file(SYSTEM, there.id, verdict.ref, "Too late", (), later + 15 * DAY)
    ref = await appealing.file(SYSTEM, there.id, verdict.ref, "In time", (), later + 14 * DAY)
    await appealing.review(SYSTEM, cast.dora, ref, later + 14 * DAY)
    await appealing.decide(SYSTEM, cast.dora, ref, "The figures hold", later + 15 * DAY, reverse=False)
    assert await make.standing(there) is Standing.BLACKLISTED


async def test_a_restoration_takes_two_people(cast: Cast, at: datetime) -> None:
    there, later = await blacklisted(cast, at)
    await deciding.propose(SYSTEM, cast.dora, there, Wish.RESTORE, "A new owner and a passed visit", later + 30 * DAY)
    await deciding.confirm(SYSTEM, cast.ada, (await make.proposal(there)).ref, later + 30 * DAY)
    assert await make.standing(there) is Standing.GOOD


async def test_a_verdict_replays_and_says_when_the_facts_have_changed(cast: Cast, at: datetime) -> None:
    there = await make.ordered(at)
    verdict = await make.last_verdict(there)
    async with reading():
        again = await verdicts.replay(verdict)
    assert (again.same, again.unchanged, again.agrees) == (True, True, True)
    await make.counted(there, yesterday(at, 3), counted=100, faulted=5)  # two findings were withdrawn
    async with reading():
        again = await verdicts.replay(verdict)
    assert (again.same, again.unchanged, again.agrees, again.today.level) == (True, False, False, Level.CLEAR)


async def test_new_criteria_hold_from_their_day_and_old_verdicts_replay_by_their_own(cast: Cast, at: datetime) -> None:
    there = await make.ordered(at)
    wanted = Criteria(complaints_bp=800, white_bp=300)
    assert await versions.set_criteria(SYSTEM, cast.ada, wanted, at + DAY, "The season", 0, at) == 1
    with pytest.raises(Refused, match="criteria_meanwhile"):
        await versions.set_criteria(SYSTEM, cast.alan, Criteria(), at + DAY, "No", 0, at)
    with pytest.raises(Refused, match="criteria_same"):
        await versions.set_criteria(SYSTEM, cast.alan, wanted, at + DAY, "No", 1, at)
    async with reading():
        assert (await versions.in_force(at)).version == 0
        assert (await versions.in_force(at + DAY)).criteria.complaints_bp == 800
        assert (await verdicts.replay(await make.last_verdict(there))).same


async def test_a_carrier_is_judged_by_what_carriers_do(cast: Cast, at: datetime) -> None:
    there = await make.firm("sf", at, SupplierKind.CARRIER)
    await make.counted(there, yesterday(at, 2), counted=120, fresh=40, cold_broken=6, timed=120, late=3)
    assert await make.judged(there, yesterday(at), at) is Standing.RECTIFYING
    async with reading():
        party = await queries.party(there.id)
    assert party is not None
    assert (party.measure, party.hits, party.cases) == ("cold", 6, 40)


async def white(cast: Cast, at: datetime) -> Firm:
    there = await make.firm("qinling", at)
    await make.counted(there, yesterday(at, 200), counted=5)
    await make.counted(there, yesterday(at, 2), counted=400, faulted=2, timed=400, late=3)
    async with writing():
        await standings.clear(SYSTEM, there.id, at + 300 * DAY, "visit:1", at)
    assert await make.judged(there, yesterday(at), at) is Standing.GOOD
    assert await whitelist.look(at) == 1
    assert await whitelist.look(at) == 0  # once a month
    await deciding.propose(SYSTEM, cast.dora, there, Wish.WHITE, "Figures and visit are good", at)
    await deciding.confirm(SYSTEM, cast.ada, (await make.proposal(there)).ref, at)
    assert await make.standing(there) is Standing.WHITE
    return there


async def test_the_white_list_is_joined_and_left_by_two(cast: Cast, at: datetime) -> None:
    there = await white(cast, at)
    later = at + 32 * DAY
    await make.counted(there, yesterday(later, 1), counted=60, faulted=20, timed=60, late=40)
    async with reading():
        assert WhiteNo.LATE in await whitelist.nos_of(there, later)
    assert await whitelist.look(later) == 1
    found = await make.proposal(there)
    assert (found.wish, found.because["nos"]) == (Wish.UNWHITE, ["unproved", "late"])
    await deciding.propose(SYSTEM, cast.dora, there, Wish.UNWHITE, "Too late too often", later)
    await deciding.confirm(SYSTEM, cast.ada, found.ref, later)
    assert await make.standing(there) is Standing.GOOD


async def test_places_are_the_white_list_s_first(cast: Cast, at: datetime) -> None:
    there, other = await white(cast, at), await make.firm("other", at)
    ref = await whitelist.announce(SYSTEM, cast.ada, "New tea", None, at + DAY, at + 3 * DAY, at)
    with pytest.raises(Refused, match="slot_closed"):
        await whitelist.claim(SYSTEM, other.id, ref, "We too", at)
    await whitelist.claim(SYSTEM, there.id, ref, "Ours is ready", at)
    await whitelist.claim(SYSTEM, other.id, ref, "We too", at + 2 * DAY)
    with pytest.raises(Refused, match="slot_waits"):
        await whitelist.give(SYSTEM, cast.ada, ref, there.id, at)
    with pytest.raises(Refused, match="slot_first"):
        await whitelist.give(SYSTEM, cast.ada, ref, other.id, at + 2 * DAY)
    await whitelist.give(SYSTEM, cast.ada, ref, there.id, at + 2 * DAY)
    with pytest.raises(Refused, match="slot_given"):
        await whitelist.give(SYSTEM, cast.ada, ref, there.id, at + 2 * DAY)


async def test_incentives_are_the_white_list_s_and_given_once(cast: Cast, at: datetime) -> None:
    there, other = await white(cast, at), await make.firm("other", at)
    await whitelist.reward(SYSTEM, cast.ada, there, "Front page for a week", at)
    with pytest.raises(Refused, match="incentive_twice"):
        await whitelist.reward(SYSTEM, cast.ada, there, "Front page for a week", at)
    with pytest.raises(Refused, match="incentive_not_white"):
        await whitelist.reward(SYSTEM, cast.ada, other, "Front page for a week", at)


async def test_what_waits_for_a_decision_is_reminded_and_escalated_once(cast: Cast, at: datetime) -> None:
    there, later = await failed(cast, at)
    found = await make.proposal(there)
    for moment in (later + 4 * DAY, later + 4 * DAY, later + 7 * DAY, later + 7 * DAY):
        async with writing():
            await sweeps._proposal(found.ref, moment)
    assert await notices("standing_decide_soon") == 3
    assert await notices("standing_decide_over") == 2
    assert (await make.proposal(there)).next_at is None


async def test_every_step_stands_in_the_audit_trail(cast: Cast, at: datetime) -> None:
    await blacklisted(cast, at)
    async with reading():
        rows = await AuditEntry.select(AuditEntry.action).order_by(AuditEntry.id)
        assert await AssessedParty.count() == 1
    done = [row["action"] for row in rows]
    for action in (
        "assessments.verdict",
        "rectification.ordered",
        "rectification.answered",
        "rectification.accepted",
        "standing.raised",
        "standing.proposed",
        "standing.decided",
        "supplier.standing_changed",
    ):
        assert action in done


async def test_the_sweep_takes_every_date_to_its_step_and_again_changes_nothing(cast: Cast) -> None:
    there = await make.ordered(now() - 31 * DAY)
    other = await make.ordered(now() - 28 * DAY, "other")
    assert await sweeps.remind() == 2
    assert await sweeps.remind() == 0
    assert (await make.mending(there)).state is Mending.FAILED
    assert (await make.mending(other)).state is Mending.ORDERED
    assert (await letters()).count("ordered_soon") == 1
    assert await notices("standing_raised_blacklist") == 3
    assert await sweeps.praise() == 0
