"""Asking, answering, spending: each state is reached once, and those who wait are told in the same moment."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import reading, writing
from portal.core.base.public_links import Door, address_of
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.tables import Notice
from portal.service.mandates import actions, answers, queries, slots
from portal.service.mandates.answers import Guess
from portal.service.mandates.personal import erase_buyer, export_buyer
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.rules import MOST_CODES, MOST_TRIES, Act, Matter, State
from portal.service.mandates.tables import Mandate
from portal.service.orders.tables import OrderEvent
from tests import make
from tests.service.mandates import make as mandates
from tests.service.mandates.make import BUYER, Asked
from tests.service.messages import make as messages

pytestmark = pytest.mark.usefixtures("app")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def followed() -> Iterator[list[tuple[str, State]]]:
    """What a room above hears: which list called it, and how the mandate stood."""
    heard: list[tuple[str, State]] = []

    async def confirmed(info: MandateInfo, actor: Actor, at: datetime) -> None:
        heard.append(("confirmed", info.state(at)))

    async def fallen(info: MandateInfo, actor: Actor, at: datetime) -> None:
        heard.append(("fallen", info.state(at)))

    slots.ON_CONFIRMED.append(confirmed)
    slots.ON_REVOKED.append(fallen)
    yield heard
    slots.ON_CONFIRMED.remove(confirmed)
    slots.ON_REVOKED.remove(fallen)


async def events(one: Asked) -> list[str]:
    async with reading():
        rows = await OrderEvent.select(OrderEvent.kind).where(OrderEvent.order_of == one.order.id)
    return [row["kind"] for row in rows if row["kind"].startswith("mandate")]


async def notices(one: Asked) -> list[str]:
    async with reading():
        rows = await Notice.select(Notice.kind).where(Notice.person == one.owner.person_id)
    return [row["kind"] for row in rows if row["kind"].startswith("mandate")]


async def test_asking_sends_the_link_and_nothing_else() -> None:
    one = await mandates.asked()
    assert one.info.state(one.at) is State.ASKED
    assert one.info.expires_at == one.at + timedelta(days=7)
    assert one.info.scope == mandates.SCOPE
    assert await messages.kinds(one.buyer.id) == ["mandate_asked_return"]
    assert await events(one) == ["mandate_asked"]


async def test_asking_twice_is_asking_once() -> None:
    one = await mandates.asked()
    values = (SYSTEM, one.owner.person_id, one.order.id, Matter.RETURN, mandates.SCOPE, 11_800, one.info.subject)
    again = await asyncio.gather(*(actions.ask(*values, one.at + MINUTE) for _ in range(24)))
    assert {info.id for info in again} == {one.info.id}
    assert await messages.kinds(one.buyer.id) == ["mandate_asked_return"]


async def test_many_hands_ask_at_once_for_the_first_time() -> None:
    one = await mandates.asked()
    values = (SYSTEM, one.owner.person_id, one.order.id, Matter.REFUND, mandates.SCOPE, 5_900, "return:first")
    made = await asyncio.gather(*(actions.ask(*values, one.at) for _ in range(24)))
    assert len({info.id for info in made}) == 1
    assert await messages.kinds(one.buyer.id) == ["mandate_asked_return", "mandate_asked_refund"]


async def test_nobody_asks_on_another_owners_order() -> None:
    one, other = await mandates.asked(), await make.owner("Otto")
    with pytest.raises(NotFound):
        await actions.ask(
            SYSTEM, other.person_id, one.order.id, Matter.RETURN, mandates.SCOPE, None, "return:theirs", one.at
        )


async def test_the_right_code_confirms_and_tells_those_who_wait(followed: list[tuple[str, State]]) -> None:
    one = await mandates.confirmed()
    assert (await one.now()).state(one.at) is State.CONFIRMED
    assert followed == [("confirmed", State.CONFIRMED)]
    assert await events(one) == ["mandate_asked", "mandate_confirmed"]
    assert await notices(one) == ["mandate_confirmed"]


async def test_neither_code_nor_link_is_kept() -> None:
    one = await mandates.asked()
    await answers.send_code(BUYER, one.info, one.at)
    code, path = await one.code(), await one.path()
    async with reading():
        kept = str(await Mandate.raw("SELECT * FROM mandates")) + str(await Mandate.raw("SELECT * FROM buyer_messages"))
        kept += str(await Mandate.raw("SELECT * FROM outbox")) + str(await Mandate.raw("SELECT * FROM audit_entries"))
    assert f"'{code}'" not in kept
    assert f" {code}" not in kept
    assert path.removeprefix("/r/") not in kept


async def test_the_right_code_from_many_hands_confirms_once(followed: list[tuple[str, State]]) -> None:
    one = await mandates.asked()
    await answers.send_code(BUYER, one.info, one.at)
    code = await one.code()
    guesses = await asyncio.gather(*(answers.try_code(BUYER, one.info.id, code, one.at) for _ in range(24)))
    assert guesses.count(Guess.RIGHT) == 1
    assert guesses.count(Guess.CLOSED) == 23
    assert followed == [("confirmed", State.CONFIRMED)]


async def test_parallel_guesses_get_no_more_than_five_tries() -> None:
    one = await mandates.asked()
    await answers.send_code(BUYER, one.info, one.at)
    code = await one.code()
    typed = [f"{(int(code) + 1 + n) % 1_000_000:06d}" for n in range(23)] + [code]
    guesses = await asyncio.gather(*(answers.try_code(BUYER, one.info.id, guess, one.at) for guess in typed[:-1]))
    assert guesses.count(Guess.WRONG) == MOST_TRIES - 1
    assert guesses.count(Guess.LOCKED) == 23 - MOST_TRIES + 1
    assert await answers.try_code(BUYER, one.info.id, code, one.at) is Guess.LOCKED
    assert (await one.now()).tries == MOST_TRIES


async def test_a_locked_door_opens_after_a_while_with_a_fresh_code_only() -> None:
    one = await mandates.asked()
    await answers.send_code(BUYER, one.info, one.at)
    code = await one.code()
    for _ in range(MOST_TRIES):
        await answers.try_code(BUYER, one.info.id, mandates.wrong(code), one.at)
    with pytest.raises(Refused, match="mandate_locked"):
        await answers.send_code(BUYER, await one.now(), one.at + 14 * MINUTE)
    later = one.at + 15 * MINUTE
    assert await answers.try_code(BUYER, one.info.id, code, later) is Guess.STALE
    await answers.send_code(BUYER, await one.now(), later)
    assert await answers.try_code(BUYER, one.info.id, await one.code(), later) is Guess.RIGHT


async def test_a_code_gets_old_and_a_fresh_one_makes_it_void() -> None:
    one = await mandates.asked()
    await answers.send_code(BUYER, one.info, one.at)
    first = await one.code()
    assert await answers.try_code(BUYER, one.info.id, first, one.at + 15 * MINUTE) is Guess.STALE
    await answers.send_code(BUYER, await one.now(), one.at + 16 * MINUTE)
    assert await answers.try_code(BUYER, one.info.id, first, one.at + 16 * MINUTE) is Guess.WRONG


async def test_codes_are_sent_one_a_minute_whoever_asks() -> None:
    one = await mandates.asked()

    async def send() -> str | None:
        try:
            await answers.send_code(BUYER, one.info, one.at)
        except Refused as refused:
            return refused.code
        return None

    sent = await asyncio.gather(*(send() for _ in range(24)))
    assert sent.count(None) == 1
    assert set(sent) == {None, "mandate_code_just_sent"}
    assert (await messages.kinds(one.buyer.id)).count("mandate_code") == 1


async def test_codes_run_out() -> None:
    one = await mandates.asked()
    for n in range(MOST_CODES):
        await answers.send_code(BUYER, await one.now(), one.at + n * MINUTE)
    with pytest.raises(Refused, match="mandate_codes_spent"):
        await answers.send_code(BUYER, await one.now(), one.at + MOST_CODES * MINUTE)


async def test_a_no_is_a_no(followed: list[tuple[str, State]]) -> None:
    one = await mandates.asked()
    await answers.decline(BUYER, one.info, "我想留着", one.at)
    now = await one.now()
    assert (now.state(one.at), now.decline_reason) == (State.DECLINED, "我想留着")
    assert followed == [("fallen", State.DECLINED)]
    assert await notices(one) == ["mandate_declined"]
    with pytest.raises(Refused, match="mandate_answered"):
        await answers.send_code(BUYER, now, one.at)
    assert await answers.try_code(BUYER, one.info.id, "123456", one.at) is Guess.CLOSED


async def test_she_may_take_it_back_until_it_is_used(followed: list[tuple[str, State]]) -> None:
    one, used = await mandates.confirmed(), await mandates.confirmed()
    await answers.revoke(BUYER, await one.now(), one.at)
    assert (await one.now()).state(one.at) is State.REVOKED
    act = Act(used.order.id, Matter.RETURN, 11_800)
    await actions.spend(SYSTEM, used.info.id, act, used.at)
    with pytest.raises(Refused, match="mandate_used"):
        await answers.revoke(BUYER, await used.now(), used.at)
    assert followed[-1] == ("fallen", State.REVOKED)


async def test_it_is_spent_once_and_for_what_it_says_only() -> None:
    one = await mandates.confirmed()
    for act, code in [
        (Act(one.order.id, Matter.REFUND, 1), "mandate_other_matter"),
        (Act(one.order.id + 1, Matter.RETURN, 1), "mandate_other_order"),
        (Act(one.order.id, Matter.RETURN, 11_801), "mandate_over_limit"),
    ]:
        with pytest.raises(Refused, match=code):
            await actions.spend(SYSTEM, one.info.id, act, one.at)

    async def spend() -> bool:
        try:
            await actions.spend(SYSTEM, one.info.id, Act(one.order.id, Matter.RETURN, 11_800), one.at)
        except Refused:
            return False
        return True

    assert (await asyncio.gather(*(spend() for _ in range(24)))).count(True) == 1


async def test_using_and_taking_back_at_once_has_one_winner(followed: list[tuple[str, State]]) -> None:
    one = await mandates.confirmed()
    info = await one.now()

    async def attempt(use: bool) -> str | None:
        try:
            if use:
                await actions.spend(SYSTEM, info.id, Act(one.order.id, Matter.RETURN, 1), one.at)
                return "used"
            await answers.revoke(BUYER, info, one.at)
        except Refused:
            return None
        return "revoked"

    done = [won for won in await asyncio.gather(*(attempt(n % 2 == 0) for n in range(24))) if won]
    assert done == [str((await one.now()).state(one.at))]


@pytest.mark.parametrize("answered", [False, True])
async def test_time_ends_what_was_not_used(followed: list[tuple[str, State]], answered: bool) -> None:
    one = await (mandates.confirmed() if answered else mandates.asked())
    end = one.info.expires_at
    assert await actions.expire_due(end - MINUTE) == 0
    assert await actions.expire_due(end) == 1
    assert await actions.expire_due(end) == 0
    assert followed[-1] == ("fallen", State.EXPIRED)
    assert (await notices(one))[-1] == "mandate_expired"
    with pytest.raises(Refused, match="mandate_expired"):
        await actions.spend(SYSTEM, one.info.id, Act(one.order.id, Matter.RETURN, 1), end)


async def test_after_its_term_the_same_may_be_asked_anew() -> None:
    one = await mandates.asked()
    later = one.info.expires_at
    values = (SYSTEM, one.owner.person_id, one.order.id, Matter.RETURN, mandates.SCOPE, 11_800, one.info.subject)
    again = await actions.ask(*values, later)
    assert again.id != one.info.id
    assert again.state(later) is State.ASKED
    assert (await messages.kinds(one.buyer.id)).count("mandate_asked_return") == 2
    async with reading():
        found = await queries.mandate_for(one.info.subject)
    assert found is not None
    assert found.id == again.id


async def test_a_buyer_is_reminded_once_a_day() -> None:
    one = await mandates.asked()
    with pytest.raises(Refused, match="mandate_reminded"):
        await actions.remind(SYSTEM, one.info, one.at + 23 * 60 * MINUTE)
    day = one.at + timedelta(days=1)

    async def remind() -> bool:
        try:
            await actions.remind(SYSTEM, one.info, day)
        except Refused:
            return False
        return True

    assert (await asyncio.gather(*(remind() for _ in range(8)))).count(True) == 1
    assert await messages.kinds(one.buyer.id) == ["mandate_asked_return", "mandate_reminder"]


async def test_a_withdrawn_one_stops_what_waits(followed: list[tuple[str, State]]) -> None:
    one = await mandates.asked()
    owner = await make.viewer(one.owner.person_id)
    await actions.withdraw(owner.actor, one.info, one.at)
    assert followed == [("fallen", State.WITHDRAWN)]
    assert (await messages.kinds(one.buyer.id))[-1] == "mandate_withdrawn"
    with pytest.raises(Refused, match="mandate_ended"):
        await actions.withdraw(owner.actor, await one.now(), one.at)


async def test_a_follower_that_fails_leaves_nothing_half_done() -> None:
    async def stumble(info: MandateInfo, actor: Actor, at: datetime) -> None:
        raise Refused("forbidden")

    one = await mandates.asked()
    await answers.send_code(BUYER, one.info, one.at)
    slots.ON_CONFIRMED.append(stumble)
    try:
        with pytest.raises(Refused):
            await answers.try_code(BUYER, one.info.id, await one.code(), one.at)
    finally:
        slots.ON_CONFIRMED.remove(stumble)
    assert (await one.now()).state(one.at) is State.ASKED
    async with writing():
        assert await notices(one) == []


async def test_an_erased_buyer_leaves_no_words_and_no_open_link(followed: list[tuple[str, State]]) -> None:
    one = await mandates.asked()
    answered = await mandates.asked(one.owner)
    await answers.decline(BUYER, answered.info, "太麻烦", one.at)
    async with writing():
        exported = [await export_buyer(buyer.id) for buyer in (one.buyer, answered.buyer)]
        for buyer in (one.buyer, answered.buyer):
            await erase_buyer(buyer.id, one.at)
    assert "草莓碎了" in str(exported[0])
    assert "太麻烦" in str(exported[1])
    now, then = await one.now(), await answered.now()
    assert (now.scope.text, now.scope.lines) == ("", mandates.SCOPE.lines)
    assert (now.state(one.at), then.state(one.at)) == (State.WITHDRAWN, State.DECLINED)
    assert then.decline_reason is None
    assert followed[-1] == ("fallen", State.WITHDRAWN)
    async with reading():
        assert await address_of(Door.MANDATE, one.info.id) is None
