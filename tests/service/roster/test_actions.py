"""Shifts, leave, presence and what routing is told of them, on a real database."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import day_start, local, now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.notices.tables import Notice
from portal.core.people import actions as people
from portal.core.people.tables import Person, RoleGrant, SignIn
from portal.service.roster import actions, planned, presence, queries, slots
from portal.service.roster.actions import Profile
from portal.service.roster.queries import AgentState
from portal.service.roster.rules import Level, Pause, Span, monday_of
from portal.service.roster.tables import Presence, Shift
from tests import make
from tests.courses import build
from tests.service.roster.make import DAY, HOUR, agent, at_work, leave, shift

pytestmark = pytest.mark.usefixtures("database")
MINUTE = timedelta(minutes=1)


async def state(person: int, at: datetime) -> AgentState:
    async with reading():
        found = await queries.agent(person, at)
    assert found is not None
    return found


async def rows(person: int) -> list[tuple[str, str | None, str | None]]:
    async with reading():
        found = await Presence.select().where(Presence.person == person).order_by(Presence.id)
    return [(row["state"], row["reason"], row["ending"]) for row in found]


async def seen(person: int, at: datetime) -> None:
    """Her browser was last heard of then."""
    async with writing():
        mark = make.serial("hash")
        row = SignIn(
            token_hash=mark, person=person, device="", created_at=at, last_seen_at=at, expires_at=at + 30 * DAY
        )
        await SignIn.insert(row)


# ---- shifts and leave ----


async def test_overlapping_shifts_are_refused_and_neighbours_are_not() -> None:
    at = now()
    amy = await agent("Amy", at)
    await shift(amy, at, since=0, hours=4)
    with pytest.raises(Refused, match="shift_overlaps") as caught:
        await shift(amy, at, since=-3, hours=4)
    assert caught.value.field == "starts"
    await shift(amy, at, since=-4, hours=4)
    other = await agent("Bea", at)
    await shift(other, at, since=0, hours=4)


async def test_two_hands_enter_one_of_two_overlapping_shifts() -> None:
    at = now()
    amy = await agent("Amy", at)
    both = await asyncio.gather(*(shift(amy, at, since=n, hours=8) for n in (0, 1, 2)), return_exceptions=True)
    assert sorted(isinstance(one, Refused) for one in both) == [False, True, True]
    async with reading():
        assert await Shift.count() == 1


async def test_a_shift_is_moved_but_not_onto_another_and_not_when_over() -> None:
    at = now()
    amy, bea = await agent("Amy", at), await agent("Bea", at)
    first = await shift(amy, at, since=0, hours=4)
    await shift(amy, at, since=-6, hours=4)
    await actions.change_shift(SYSTEM, first, Span(at + HOUR, at + 5 * HOUR), bea, at)
    with pytest.raises(Refused, match="shift_overlaps"):
        await actions.change_shift(SYSTEM, first, Span(at + HOUR, at + 7 * HOUR), bea, at)
    with pytest.raises(Refused, match="shift_over"):
        await actions.change_shift(SYSTEM, first, Span(at + HOUR, at + 5 * HOUR), bea, at + 6 * HOUR)
    with pytest.raises(NotFound):
        await actions.change_shift(SYSTEM, 999_999, Span(at, at + HOUR), None, at)
    async with reading():
        found = await planned.shift(first)
    assert found is not None
    assert (found.span, found.deputy_name) == (Span(at + HOUR, at + 5 * HOUR), "Bea")


async def test_only_the_desk_stands_in_and_nobody_for_herself() -> None:
    at = now()
    amy, mona = await agent("Amy", at), await make.person("manager", "Mona", at)
    for deputy, code in ((amy, "deputy_herself"), (mona, "not_an_agent"), (999_999, "not_an_agent")):
        with pytest.raises(Refused, match=code):
            await shift(amy, at, deputy=deputy)
    with pytest.raises(Refused, match="not_an_agent"):
        await shift(mona, at)


async def test_leave_names_a_deputy_tells_both_and_keeps_shifts_out() -> None:
    at = now()
    amy, bea = await agent("Amy", at), await agent("Bea", at)
    told: list[int] = []

    async def follow(person: int, _: datetime) -> None:
        told.append(person)

    slots.ON_ABSENCE.append(follow)
    try:
        await leave(amy, bea, at)
    finally:
        slots.ON_ABSENCE.remove(follow)
    assert told == [amy]
    with pytest.raises(Refused, match="absence_overlaps"):
        await leave(amy, bea, at + DAY)
    with pytest.raises(Refused, match="shift_in_absence"):
        await shift(amy, at)
    async with reading():
        kinds = {row["person"]: row["kind"] for row in await Notice.select()}
    assert kinds == {amy: "roster_absence", bea: "roster_deputy"}


async def test_who_comes_back_early_is_there_again() -> None:
    at = now()
    amy, bea = await agent("Amy", at), await agent("Bea", at)
    absence = await leave(amy, bea, at)
    assert (await state(amy, at)).away
    await actions.end_absence(SYSTEM, absence, at + HOUR)
    found = await state(amy, at + HOUR)
    assert (found.away, found.deputy_id) == (False, None)
    with pytest.raises(Refused, match="absence_over"):
        await actions.end_absence(SYSTEM, absence, at + 2 * HOUR)


async def test_last_week_is_copied_once_leaving_out_what_does_not_fit() -> None:
    monday = monday_of(local(now()).date()) + timedelta(days=7)
    at = day_start(monday) - 7 * DAY
    amy, bea = await agent("Amy", at), await agent("Bea", at)
    for day in range(3):
        await shift(amy, at + day * DAY + 9 * HOUR, since=0, deputy=bea)
    await shift(bea, at + 9 * HOUR, since=0)
    await leave(bea, amy, at + 7 * DAY, days=1)
    assert await actions.copy_week(SYSTEM, monday, at) == actions.Copied(3, 1)
    assert await actions.copy_week(SYSTEM, monday, at) == actions.Copied(0, 4)
    async with reading():
        copied = await planned.shifts_within(Span(at + 7 * DAY, at + 14 * DAY))
    assert [one.span.starts_at for one in copied] == [at + (7 + n) * DAY + 9 * HOUR for n in range(3)]
    assert {one.deputy_id for one in copied} == {bea}


# ---- presence ----


async def test_work_is_taken_on_shift_only() -> None:
    at = now()
    amy = await agent("Amy", at)
    viewer = await make.viewer(amy)
    with pytest.raises(Refused, match="not_on_shift"):
        await presence.take_work(viewer, at)
    await shift(amy, at)
    assert await presence.take_work(viewer, at)
    assert not await presence.take_work(viewer, at + MINUTE)
    found = await state(amy, at)
    assert (found.present, found.on_shift, found.certified) == (True, True, True)


async def test_a_pause_has_a_reason_and_each_change_a_row() -> None:
    at = now()
    amy = await at_work("Amy", at)
    viewer = await make.viewer(amy)
    await presence.pause(viewer, Pause.MEAL, at + MINUTE)
    found = await state(amy, at + 90 * MINUTE)
    assert (found.present, found.paused, found.on_shift) == (False, "meal", True)
    await presence.take_work(viewer, at + 90 * MINUTE)
    assert await presence.done(viewer, at + 100 * MINUTE)
    assert not await presence.done(viewer, at + 101 * MINUTE)
    assert await rows(amy) == [
        ("present", None, "changed"),
        ("paused", "meal", "changed"),
        ("present", None, "done"),
    ]


async def test_two_presences_at_once_are_one_row() -> None:
    at = now()
    amy = await agent("Amy", at)
    await shift(amy, at)
    viewer, began = await make.viewer(amy), []

    async def follow(person: int, _: datetime) -> None:
        began.append(person)

    slots.ON_PRESENT.append(follow)
    try:
        won = await asyncio.gather(*(presence.take_work(viewer, at) for _ in range(4)))
    finally:
        slots.ON_PRESENT.remove(follow)
    assert sorted(won) == [False, False, False, True]
    assert began == [amy]
    assert await rows(amy) == [("present", None, None)]


async def test_presence_ends_at_the_read_and_the_sweep_writes_the_true_moment() -> None:
    at = now()
    amy, bea = await at_work("Amy", at), await at_work("Bea", at)
    await seen(amy, at + 20 * MINUTE)
    await seen(bea, at + 9 * HOUR)
    assert (await state(amy, at + 49 * MINUTE)).present
    assert not (await state(amy, at + 50 * MINUTE)).present
    assert (await state(bea, at + 7 * HOUR - MINUTE)).present
    assert not (await state(bea, at + 7 * HOUR)).present
    clock = settings().clock_file
    assert clock is not None
    clock.write_text("+8h")
    assert await presence.close_over() == 2
    assert await presence.close_over() == 0
    async with reading():
        ends = {row["person"]: (row["ending"], row["ended_at"]) for row in await Presence.select()}
    assert ends == {amy: ("unseen", at + 50 * MINUTE), bea: ("shift_over", at + 7 * HOUR)}


async def test_the_next_shift_does_not_wake_an_old_presence() -> None:
    at = now()
    amy = await at_work("Amy", at)
    await shift(amy, at, since=-8, hours=6)
    await seen(amy, at + 9 * HOUR)
    found = await state(amy, at + 9 * HOUR)
    assert (found.on_shift, found.present) == (True, False)
    await presence.take_work(await make.viewer(amy), at + 9 * HOUR)
    assert await rows(amy) == [("present", None, "shift_over"), ("present", None, None)]


async def test_a_shift_taken_out_ends_now_and_presence_with_it() -> None:
    at = now()
    amy = await agent("Amy", at)
    made = await shift(amy, at)
    await presence.take_work(await make.viewer(amy), at)
    await actions.cancel_shift(SYSTEM, made, at + MINUTE)
    found = await state(amy, at + 2 * MINUTE)
    assert (found.on_shift, found.present) == (False, False)
    async with reading():
        ended = await planned.shifts_ended(at, at + 2 * MINUTE)
    assert [(one.shift_id, one.ended_at) for one in ended] == [(made, at + MINUTE)]


async def test_without_certificate_and_after_the_grace_no_work_is_taken() -> None:
    at = now()
    amy = await at_work("Amy", at)
    await _rule(at - 40 * DAY, granted=at - 40 * DAY)
    found = await state(amy, at)
    assert (found.certified, found.present) == (False, False)
    with pytest.raises(Refused, match="agent_licence"):
        await presence.take_work(await make.viewer(amy), at)
    await actions.publish_grace(SYSTEM, local(at).date(), at)
    assert (await state(amy, at)).certified
    await actions.publish_grace(SYSTEM, None, at)
    assert not (await state(amy, at)).certified


async def _rule(since: datetime, granted: datetime) -> None:
    """The agents' curriculum has been kept since then, and everybody has had her role since `granted`."""
    made, _ = await build.curriculum(purpose="agent")
    async with writing():
        await Person.raw("UPDATE curriculum_versions SET published_at = {} WHERE curriculum = {}", since, made)
        await RoleGrant.update({RoleGrant.granted_at: granted}).where(RoleGrant.ended_at.is_null())


# ---- deputies, routing, what a shift leaves ----


async def test_the_deputy_of_one_on_leave_is_found_down_the_chain() -> None:
    at = now()
    amy, bea, cleo = [await agent(name, at) for name in ("Amy", "Bea", "Cleo")]
    await shift(amy, at, deputy=cleo)
    assert (await state(amy, at)).deputy_id == cleo
    await leave(amy, bea, at)
    assert (await state(amy, at)).deputy_id == bea
    await leave(bea, cleo, at)
    assert (await state(amy, at)).deputy_id == cleo
    await leave(cleo, amy, at)
    async with reading():
        assert await queries.deputy_of(amy, at) is None
        assert await queries.deputy_of(999_999, at) is None


async def test_a_deputy_who_left_the_desk_hands_on_or_falls_away() -> None:
    at = now()
    amy, bea = await agent("Amy", at), await agent("Bea", at)
    await leave(amy, bea, at)
    await people.disable_person(SYSTEM, bea, at)
    assert (await state(amy, at)).deputy_id is None


async def test_what_ended_since_is_told_in_order_with_its_deputy() -> None:
    at = now()
    amy, bea = await agent("Amy", at), await agent("Bea", at)
    first = await shift(amy, at, since=9, hours=8, deputy=bea)
    second = await shift(bea, at, since=8, hours=8, deputy=amy)
    await shift(bea, at, since=0, hours=8)
    async with reading():
        ended = await planned.shifts_ended(at - 2 * HOUR, at)
        assert await planned.shifts_ended(at, at + HOUR) == []
    assert [(one.shift_id, one.person_id, one.deputy_id) for one in ended] == [(first, amy, bea), (second, bea, None)]


async def test_profiles_and_their_defaults() -> None:
    at = now()
    amy, dora = await agent("Amy", at), await agent("Dora", at, "desk_lead")
    found = await state(amy, at)
    assert (found.level, found.capacity, found.functions, found.languages) == (
        Level.JUNIOR,
        20,
        frozenset(),
        {"zh-Hans"},
    )
    profile = Profile("senior", ("fresh", "home appliances"), ("quality", "returns"), ("zh-Hans", "en"), 8)
    await actions.set_profile(SYSTEM, amy, profile, at)
    found = await state(amy, at)
    assert (found.level, found.capacity) == (Level.SENIOR, 8)
    assert (found.products, found.functions) == ({"fresh", "home appliances"}, {"quality", "returns"})
    assert (await state(dora, at)).level is Level.LEAD
    with pytest.raises(Refused, match="not_an_agent"):
        await actions.set_profile(SYSTEM, await make.person("admin", "Ada"), profile, at)


async def test_both_roles_are_one_line_and_three_queries_tell_everybody() -> None:
    at = now()
    amy = await at_work("Amy", at, "desk_lead")
    await people.grant_role(SYSTEM, amy, "agent", at)
    for n in range(30):
        await agent(f"Agent {n}", at)
    with counting_queries() as counted:
        async with reading():
            found = await queries.candidates(at)
    assert len(found) == 31
    assert len(counted) <= 3
    async with reading():
        assert [one.name for one in await queries.on_shift(at)] == ["Amy"]


async def test_heads_of_a_month() -> None:
    at = day_start(date(2026, 12, 1))
    amy, bea = await agent("Amy", at), await agent("Bea", at)
    for person, day in ((amy, 0), (bea, 0), (amy, 30)):
        await shift(person, at + day * DAY + 9 * HOUR, since=0, hours=4)
    days = [date(2026, 12, 1) + timedelta(days=n) for n in range(31)]
    async with reading():
        heads = await planned.heads(days)
    assert {day.day: n for day, n in heads.items() if n} == {1: 2, 31: 1}
