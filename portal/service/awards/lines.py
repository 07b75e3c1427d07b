"""Candidates as lines of a file, and how points are written."""

from collections.abc import Sequence

from portal.core.web.i18n import t
from portal.core.web.sheets import Cell
from portal.service.awards.queries import Candidate
from portal.service.stars.rules import CASE

COLUMNS = (
    "label",
    "id",
    "person",
    "store",
    "place",
    "points",
    "cases",
    "won",
    "lot",
    "star",
    "reasons",
    "signals",
    "ruling",
    "why",
)
PARTS = ("hits", "of", "low", "high", "points")


def points(hundredths: int) -> str:
    """Points with two decimals: of 100."""
    return f"{hundredths / CASE:.2f}"


def amount(hundredths: int) -> str:
    """So many cases, with decimals only where they are not whole."""
    whole, rest = divmod(hundredths, CASE)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def heads(measures: Sequence[str]) -> list[Cell]:
    parts = [
        t("awards.column.part", measure=t(f"awards.measure.{name}"), part=t(f"awards.part.{part}"))
        for name in measures
        for part in PARTS
    ]
    return [*(t(f"awards.column.{name}") for name in COLUMNS), *parts]


def line(label: str, one: Candidate) -> list[Cell]:
    """Somebody's frozen period and what was said of it."""
    ruling = None if one.ruling is None else t("awards.ruling.kept") if one.ruling.kept else t("awards.ruling.out")
    plain: list[Cell] = [
        label,
        one.id,
        one.person_name,
        one.store_name,
        one.place,
        points(one.points),
        one.cases,
        one.won,
        one.lot,
        one.star,
        " ".join(t(f"awards.reason.{each.reason}", have=each.have, need=each.need) for each in one.missing),
        " ".join(f"{t(f'awards.signal.{each.kind}')} {each.hits}/{each.of}" for each in one.signals),
        ruling,
        one.ruling.reason if one.ruling else None,
    ]
    for each in one.scored:
        plain += [amount(each.hits), amount(each.of), each.low_bp, each.high_bp, points(each.points)]
    return plain
