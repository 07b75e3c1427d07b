"""Who must say why, how often, and what is odd."""

import pytest

from portal.service.privacy.rules import BURST, MOST_A_DAY, Reason, limit_of, needs_note, odd, reasons


@pytest.mark.parametrize(
    ("reason", "own", "needed"),
    [
        (Reason.DELIVERY, True, False),
        (Reason.CALL_BACK, True, False),
        (Reason.OTHER, True, True),
        (Reason.COMPLAINT, False, True),
        (Reason.OTHER, False, True),
    ],
)
def test_who_must_add_words(reason: Reason, own: bool, needed: bool) -> None:
    assert needs_note(reason, own=own) is needed
    assert reason in reasons(own=own)


@pytest.mark.parametrize(("written", "most"), [("5", 5), ("0", 0), ("many", MOST_A_DAY), ("-3", MOST_A_DAY)])
def test_the_days_limit_is_a_setting(written: str, most: int) -> None:
    assert limit_of(written) == most


@pytest.mark.parametrize(
    ("hour", "in_hour", "codes"),
    [
        (10, 1, ()),
        (10, BURST - 1, ()),
        (10, BURST, ("burst",)),
        (2, 1, ("night",)),
        (23, BURST, ("burst", "night")),
        (6, 1, ()),
    ],
)
def test_what_is_odd(hour: int, in_hour: int, codes: tuple[str, ...]) -> None:
    assert odd(hour, in_hour) == codes
