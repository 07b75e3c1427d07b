"""The decisions about people, as tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.core.people import rules
from portal.core.people.common_passwords import COMMON, is_common
from portal.core.people.policy import MAY, Capability, capabilities
from portal.core.people.rules import Bucket, Role

AT = datetime(2026, 11, 23, 12, 7, 30, tzinfo=UTC)
HOURS, DAYS = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("roles", "age", "rest", "over"),
    [
        ({"owner"}, 0 * DAYS, 0 * DAYS, False),
        ({"owner"}, 80 * DAYS, 14 * DAYS - HOURS, False),
        ({"owner"}, 80 * DAYS, 14 * DAYS, True),
        ({"owner"}, 90 * DAYS, 0 * DAYS, True),
        ({"agent"}, 1 * DAYS, 11 * HOURS, False),
        ({"agent"}, 1 * DAYS, 12 * HOURS, True),
        ({"agent"}, 7 * DAYS, 0 * HOURS, True),
        ({"owner", "manager"}, 1 * DAYS, 12 * HOURS, True),
        (set(), 1 * DAYS, 13 * HOURS, False),
    ],
)
def test_a_sign_in_ends_by_rest_and_by_age(roles: set[str], age: timedelta, rest: timedelta, over: bool) -> None:
    created = AT - age
    seen = AT - rest
    expires = created + rules.lifetime(roles).absolute
    assert rules.sign_in_over(roles, created_at=created, last_seen_at=seen, expires_at=expires, at=AT) is over


def test_a_longer_stored_expiry_does_not_outlive_the_role() -> None:
    """An owner's sign-in of 90 days is worth seven once she is staff."""
    created = AT - 8 * DAYS
    expires = created + 90 * DAYS
    assert rules.sign_in_over({"manager"}, created_at=created, last_seen_at=AT, expires_at=expires, at=AT)


def test_a_confirmation_is_good_for_a_quarter_of_an_hour() -> None:
    until = AT + rules.CONFIRMED_FOR
    assert rules.freshly_confirmed(until, AT)
    assert not rules.freshly_confirmed(until, AT + timedelta(minutes=15))
    assert not rules.freshly_confirmed(None, AT)


@pytest.mark.parametrize("role", list(Role))
def test_staff_needs_a_second_factor_outside_development(role: Role) -> None:
    assert rules.factor_required({role}, "production") is (role is not Role.OWNER)
    assert not rules.factor_required({role}, "development")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0000 2210", "13800002210"),
        ("+86 138-0000-2210", "13800002210"),
        ("0086 (138) 0000.2210", "13800002210"),
        ("+44 20 7946 0000", "+442079460000"),
        ("12345", "12345"),
        ("1234", None),
        ("not a number", None),
        ("138000022101380000221013800002210", None),
        ("", None),
    ],
)
def test_phone_numbers_are_kept_in_one_form(typed: str, kept: str | None) -> None:
    assert rules.normal_phone(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" He@Demo.Test ", "he@demo.test"),
        ("he@demo", None),
        ("he demo@demo.test", None),
        ("he@@demo.test", None),
        ("@demo.test", None),
        ("何@demo.test", "何@demo.test"),
        (f"{'x' * 65}@demo.test", None),
    ],
)
def test_email_addresses_are_kept_in_one_form(typed: str, kept: str | None) -> None:
    assert rules.normal_email(typed) == kept


OWN = ["He Xiaomei", "13800002210", "00002210", "xiaomei.he", "店主学堂", "Store Owner School", "share-after-learning"]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("seven-7", "password_short"),
        ("七个字的密码啊", "password_short"),
        ("seven 77", None),
        ("x" * 500, None),
        ("ab" * 250 + "!", "password_long"),
        ("seven plain tangerines", None),
        ("🍊🍊🍊🍊🍊🍊🍊🍋", None),
        ("correct horse battery staple and then sixty four more characters, no cut", None),
        ("password123", "password_common"),
        ("PassWord123", "password_common"),
        ("P@ssw0rd!", "password_common"),
        ("12345678", "password_common"),
        ("1qaz2wsx", "password_common"),
        ("qwertyuiop", "password_common"),
        ("woaini1314", "password_common"),
        ("88888888", "password_common"),
        ("19900101", "password_common"),
        ("1990-01-01", "password_common"),
        ("        ", "password_common"),
        ("my he xiaomei!", "password_own"),
        ("hexiaomei and me", "password_own"),
        ("tel 138-0000-2210", "password_own"),
        ("a 00002210 b", "password_own"),
        ("xiaomei_he is", "password_own"),
        ("我在店主学堂学习", "password_own"),
        ("share-after-learning", "password_own"),
        ("STORE owner school", "password_own"),
        ("no digits here", None),
        ("59037164", None),
    ],
)
def test_passwords_are_refused_for_being_short_or_guessable_and_for_nothing_else(
    password: str, code: str | None
) -> None:
    fault = rules.password_fault(password, OWN)
    assert (fault[0].removeprefix("people.fault.") if fault else None) == code


def test_short_words_of_hers_do_not_forbid_half_of_all_passwords() -> None:
    assert rules.password_fault("an andante in the barn", ["An", "Li", "1", ""]) is None


def test_the_list_of_common_passwords_is_long_and_holds_only_what_could_pass_the_length_rule() -> None:
    assert len(COMMON) >= 3000
    assert min(map(len, COMMON)) >= rules.SHORTEST_PASSWORD
    assert all(text == text.casefold() for text in COMMON)
    assert is_common("Iloveyou1")
    assert not is_common("99991399")


def test_a_window_starts_on_the_quarter_and_tells_how_long_is_left() -> None:
    assert rules.window_start(AT) == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert rules.seconds_left(AT) == 7 * 60 + 30
    assert rules.seconds_left(AT.replace(minute=14, second=59, microsecond=999_999)) == 1


def test_a_known_browser_counts_alone() -> None:
    assert rules.try_buckets("sign-in", "her", "net", "dev") == (Bucket("sign-in:device:her:dev", 5),)
    assert rules.try_buckets("sign-in", "her", "net", None) == (
        Bucket("sign-in:from:net", 50),
        Bucket("sign-in:who:her", 5),
    )
    assert rules.try_buckets("sign-in", "her", None, None) == (Bucket("sign-in:who:her", 5),)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 7) Chrome/130 Mobile Safari/537.36 MicroMessenger/8.0",
            "Android · WeChat",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604",
            "iPhone · Safari",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", "Windows · Edge"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_its_brand_names(agent: str, name: str) -> None:
    assert rules.device_name(agent) == name


def test_an_address_is_masked_to_what_its_owner_recognises() -> None:
    assert rules.masked_email("xiaomei@demo.test") == "x***@demo.test"


def test_capabilities_are_the_sum_of_the_roles() -> None:
    assert capabilities([]) == frozenset()
    both = capabilities(["owner", "manager"])
    assert {Capability.SHARE, Capability.SEE_TEAM} <= set(both)
    assert Capability.MANAGE_PEOPLE not in both
    assert set(MAY) == set(Role)
