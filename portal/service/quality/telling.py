"""Figures in words and in files: values with their unit, never one of too few cases."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from portal.core.web.format import percent, span
from portal.core.web.i18n import t, tn
from portal.core.web.sheets import Cell
from portal.service.quality.measures import BOUNDS, LEAST, Figure, Measured, Unit, proven_weak, unit_of
from portal.service.quality.queries import SampleInfo

COLUMNS = ("month", "agent", "figure", "n", "value", "low", "high", "unit", "apart")
SAMPLE_COLUMNS = (
    "week",
    "agent",
    "complaint",
    "family",
    "of_family",
    "ended",
    "drawn",
    "why",
    "score",
    "scored",
    "appeal",
    "counts",
)


@dataclass(frozen=True, slots=True)
class Told:
    """A figure in words. `share`: how long its bar is, 0 to 100; `weak`: proven so."""

    value: str
    note: str
    share: float
    weak: bool
    shown: bool


def value_text(figure: Figure, value: int) -> str:
    """A value of a figure as people read it."""
    match unit_of(figure):
        case Unit.TIME:
            return tn("quality.seconds", value) if value < 60 else span(timedelta(seconds=value))
        case Unit.SHARE:
            return percent(value)
        case _:
            return f"{Decimal(value).scaleb(-2).quantize(Decimal('0.1'))}"


def told(figure: Figure, one: Measured | None) -> Told:
    """A figure with its n and interval; where there are too few cases, only how many there are."""
    if one is None or not one.shown or one.value is None or one.low is None or one.high is None:
        return Told("–", t("quality.too_few", n=one.n if one else 0, least=LEAST), 0, False, False)
    low, high = value_text(figure, one.low), value_text(figure, one.high)
    between = "quality.middle_half" if unit_of(figure) is Unit.TIME else "quality.between"
    note = t(between, low=low, high=high, n=one.n)
    if figure in BOUNDS:
        bound = BOUNDS[figure]
        key = "quality.at_least" if bound.more_is_better else "quality.at_most"
        note = f"{note} {t(key, bound=value_text(figure, bound.at))}"
    return Told(value_text(figure, one.value), note, _share(figure, one.value), proven_weak(one), True)


def _share(figure: Figure, value: int) -> float:
    if unit_of(figure) is Unit.TIME:
        return 0
    return value / (5 if figure is Figure.SATISFACTION else 100)


def line(month: str, agent: str, one: Measured) -> list[Cell]:
    """A figure as a line of a file: numbers as they are reckoned, empty where there are too few cases."""
    values = (one.value, one.low, one.high) if one.shown else (None, None, None)
    cells = [_cell(one.figure, value) for value in values]
    unit = t(f"quality.unit.{unit_of(one.figure)}")
    return [month, agent, t(f"quality.figure.{one.figure}"), one.n, *cells, unit, one.apart]


def _cell(figure: Figure, value: int | None) -> Cell:
    if value is None or unit_of(figure) is Unit.TIME:
        return value
    return Decimal(value).scaleb(-2)


def sample_line(info: SampleInfo) -> list[Cell]:
    return [
        info.week,
        info.agent_name,
        info.complaint_ref,
        t(f"quality.family.{info.family}"),
        info.of_family,
        info.ended,
        info.drawn,
        ", ".join(t(f"quality.why.{each}") for each in info.why),
        None if info.score is None else Decimal(info.score).scaleb(-2),
        None if info.scored_at is None else f"{info.scored_at:%Y-%m-%d}",
        t(f"quality.appeal.{info.appeal}") if info.appeal else None,
        t("quality.struck") if info.struck_at else None,
    ]
