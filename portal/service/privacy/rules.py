"""Who may see a buyer's number, for which reasons, how often, and what looks odd about it."""

from enum import StrEnum

MOST_A_DAY = 20  # reveals of one person within a day, where the setting says nothing else
BURST = 8  # reveals within an hour that somebody should look at


class Kind(StrEnum):
    """What a reveal opens."""

    ORDER = "order"
    VIP = "vip"


class Reason(StrEnum):
    """Why a number is looked at."""

    DELIVERY = "delivery"
    AFTER_SALE = "after_sale"
    CALL_BACK = "call_back"
    BUYER_ASKED = "buyer_asked"
    COMPLAINT = "complaint"
    OFFICIAL = "official"
    OTHER = "other"


OWNERS = (Reason.DELIVERY, Reason.AFTER_SALE, Reason.CALL_BACK, Reason.BUYER_ASKED, Reason.OTHER)
STAFF = (Reason.COMPLAINT, Reason.BUYER_ASKED, Reason.OFFICIAL, Reason.OTHER)


class EraseReason(StrEnum):
    """Why a buyer is erased."""

    HER_WISH = "her_wish"
    SHOP_ASKED = "shop_asked"
    LEGAL = "legal"


def reasons(*, own: bool) -> tuple[Reason, ...]:
    """What may be chosen: by the owner of the record, or by staff."""
    return OWNERS if own else STAFF


def needs_note(reason: Reason, *, own: bool) -> bool:
    """Whether words must be added: staff always says why, an owner where no reason of the list fits."""
    return not own or reason is Reason.OTHER


def limit_of(setting: str) -> int:
    """How many numbers one person may see a day, as an admin wrote it; what is no number is the usual one."""
    return int(setting) if setting.isascii() and setting.isdigit() and len(setting) < 6 else MOST_A_DAY


def odd(local_hour: int, in_hour: int) -> tuple[str, ...]:
    """What is unusual about a reveal: the one of many within an hour, or in the middle of the night."""
    found = []
    if in_hour >= BURST:
        found.append("burst")
    if local_hour < 6 or local_hour >= 23:
        found.append("night")
    return tuple(found)
