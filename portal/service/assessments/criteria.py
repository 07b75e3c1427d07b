"""The published numbers that suppliers and carriers are judged by. Each change is a new version; old ones replay."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields

SHARE = (1, 10_000)
RANGES = {"_bp": SHARE, "_days": (1, 730), "_from": (1, 10_000)}


@dataclass(frozen=True, slots=True)
class Criteria:
    """Counts (`_from`), days (`_days`) and shares in basis points (`_bp`).

    `proof_from`: below so many cases nothing is proved but by severity; `plain_from`: from so many on the plain share
    decides. `look_days`: so far apart lie the looks for an order to mend, once sales are steady.
    `white_late_bp`: the most that may be late of what the white list takes.
    """

    window_days: int = 90
    look_days: int = 90
    watch_from: int = 20
    proof_from: int = 10
    plain_from: int = 100
    severe_from: int = 1
    complaints_bp: int = 500
    late_bp: int = 1_000
    lost_bp: int = 100
    damaged_bp: int = 200
    unanswered_bp: int = 2_000
    cold_bp: int = 500
    marks_bp: int = 2_000
    mend_days: int = 30
    extend_days: int = 15
    fresh_from: int = 30
    fresh_days: int = 90
    decide_days: int = 7
    appeal_days: int = 14
    white_from: int = 100
    white_bp: int = 300
    white_late_bp: int = 300
    white_days: int = 180

    def plain(self) -> dict[str, int]:
        return asdict(self)


NAMES = tuple(each.name for each in fields(Criteria))


def read(numbers: Mapping[str, object]) -> Criteria:
    """Stored numbers; what a version did not know yet is as it was before there was a word for it."""
    return Criteria(**{name: int(str(numbers[name])) for name in NAMES if name in numbers})


def range_of(name: str) -> tuple[int, int]:
    """The least and the most that a number may be."""
    return next(bounds for ending, bounds in RANGES.items() if name.endswith(ending))


def odd(wanted: Criteria) -> Iterator[tuple[str, str]]:
    """What contradicts: the field, and the code of the reason."""
    if wanted.proof_from > wanted.plain_from:
        yield "plain_from", "below_proof"
    if wanted.white_bp > wanted.complaints_bp:
        yield "white_bp", "above_limit"


def differing(before: Criteria, after: Criteria) -> list[tuple[str, int, int]]:
    """The numbers that a version changes: name, before, after."""
    old, new = before.plain(), after.plain()
    return [(name, old[name], new[name]) for name in NAMES if old[name] != new[name]]
