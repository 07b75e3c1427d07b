"""When a buyer is told, and by which channel."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.core.base.settings import parse_settings, weak_settings
from portal.service.messages.rules import Channel, State, accepted, channel_of, morning_after, slot_of, state_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ((22, 7, 59), (22, 8, 0)),
        ((22, 8, 0), (22, 8, 0)),
        ((22, 21, 59), (22, 21, 59)),
        ((22, 22, 0), (23, 8, 0)),
        ((22, 23, 59), (23, 8, 0)),
        ((22, 0, 0), (22, 8, 0)),
        ((30, 22, 30), (31, 8, 0)),
    ],
)
def test_the_night_is_let_pass(said: tuple[int, int, int], sent: tuple[int, int, int]) -> None:
    def at(moment: tuple[int, int, int]) -> datetime:
        return datetime(2026, 10, *moment, tzinfo=SHANGHAI)

    assert morning_after(at(said)) == at(sent)


def test_the_last_night_of_a_month_ends_in_the_next() -> None:
    assert morning_after(datetime(2026, 12, 31, 23, tzinfo=SHANGHAI)) == datetime(2027, 1, 1, 8, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("setting", "channel"),
    [
        ("shop", Channel.SHOP),
        ("file:///tmp/told", Channel.FOLDER),
        ("https://sms.example/send", Channel.GATEWAY),
        ("http://127.0.0.1:9/send", Channel.GATEWAY),
    ],
)
def test_the_setting_names_the_channel(setting: str, channel: Channel) -> None:
    assert channel_of(setting) is channel


@pytest.mark.parametrize(
    ("status", "taken"),
    [(200, True), (204, True), (301, False), (400, False), (404, False), (408, None), (429, None), (500, None)],
)
def test_what_a_gateways_answer_means(status: int, taken: bool | None) -> None:
    assert accepted(status) is taken


def test_a_message_that_was_sent_after_all_has_not_failed() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert state_of(None, None) is State.WAITING
    assert state_of(None, "unreachable") is State.FAILED
    assert state_of(at, "unreachable") is State.SENT


def test_ten_minutes_are_one_slot() -> None:
    assert slot_of(datetime(2026, 11, 1, 2, 0, tzinfo=UTC)) == slot_of(datetime(2026, 11, 1, 2, 9, 59, tzinfo=UTC))
    assert slot_of(datetime(2026, 11, 1, 2, 0, tzinfo=UTC)) != slot_of(datetime(2026, 11, 1, 2, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({}, None),
        ({"PORTAL_BUYER_MESSAGES": "shop"}, None),
        ({"PORTAL_BUYER_MESSAGES": "https://sms.example/send", "PORTAL_WEBHOOK_SECRET": "whsec_eA=="}, None),
        ({"PORTAL_BUYER_MESSAGES": "https://sms.example/send"}, "PORTAL_WEBHOOK_SECRET must be set"),
        ({"PORTAL_BUYER_MESSAGES": "file:///tmp/told"}, "PORTAL_BUYER_MESSAGES must be shop or"),
        ({"PORTAL_BUYER_MESSAGES": "pigeon"}, "PORTAL_BUYER_MESSAGES must be shop or"),
    ],
)
def test_production_says_what_would_reach_nobody(values: dict[str, str], fault: str | None) -> None:
    said = [one for one in weak_settings(parse_settings(values)) if "BUYER_MESSAGES" in one or "by a gateway" in one]
    assert len(said) == (1 if fault else 0)
    assert all(one.startswith(fault or "") for one in said)
