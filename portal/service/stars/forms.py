"""What owners, reviewers and admins send."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from portal.core.web.fields import Fault
from portal.core.web.forms import Form
from portal.service.stars.appeals import Decision
from portal.service.stars.criteria import STARS, Cap, Criteria, Line, Metric, faults
from portal.service.stars.spans import is_month

Text = Annotated[str, msgspec.Meta(min_length=5, max_length=2_000)]
CAPS = 2
_SHARE = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?")
_NUMBERS = {"orders": 10_000, "vips": 1_000, "ratings": 1_000, "days": 400, "long_days": 800, "active_days": 800}


class AppealForm(msgspec.Struct):
    """Why a star is not right."""

    text: Text


class DecisionForm(msgspec.Struct):
    """What becomes of an appeal, why, and how many bad cases of which metric are left out."""

    decision: Literal["upheld", "rejected"]
    reason: Text
    metric: Metric | None = None
    struck: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0

    def faults(self) -> Iterator[Fault]:
        if self.struck and self.metric is None:
            yield "metric", "required", {}

    def made(self) -> Decision:
        return Decision(self.decision == "upheld", self.reason, self.metric, self.struck)


class VersionForm(msgspec.Struct):
    """From which month on, why, and which version was before the admin."""

    since: Annotated[str, msgspec.Meta(max_length=10)]
    reason: Annotated[str, msgspec.Meta(min_length=5, max_length=500)]
    seen: Annotated[int, msgspec.Meta(ge=1, le=100_000)]

    def faults(self) -> Iterator[Fault]:
        if not is_month(self.since):
            yield "since", "stars.fault.month", {}


def values_of(criteria: Criteria) -> dict[str, object]:
    """A version as the fields of its form; shares in per cent."""
    values: dict[str, object] = {name: getattr(criteria, name) for name in _NUMBERS}
    for metric, line in criteria.lines.items():
        values |= {f"weight_{metric}": line.weight}
        values |= {f"floor_{metric}": typed(line.floor_bp), f"full_{metric}": typed(line.full_bp)}
    for place, star in enumerate(STARS):
        values[f"points_{star}"] = criteria.points[place]
        values[f"satisfaction_bp_{star}"] = typed(criteria.satisfaction_bp[place])
        values[f"faults_bp_{star}"] = typed(criteria.faults_bp[place])
    for place, cap in enumerate(criteria.caps[:CAPS]):
        values |= {f"cap_above_{place}": cap.above, f"cap_share_{place}": typed(cap.share_bp)}
        values |= {f"cap_star_{place}": cap.star}
    return values


def typed(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


def criteria_of(form: Form) -> Criteria:
    """The version in a form; what is missing or strange becomes a fault beside its field, and its value the first's."""
    lines = {
        metric: Line(
            _number(form, f"weight_{metric}", 100), _share(form, f"floor_{metric}"), _share(form, f"full_{metric}")
        )
        for metric in Metric
    }
    points, satisfaction, faulty = (
        [read(form, f"{name}_{star}") for star in STARS]
        for name, read in (("points", _points), ("satisfaction_bp", _share), ("faults_bp", _share))
    )
    caps = [
        Cap(
            _number(form, f"cap_above_{n}", 1_000),
            _share(form, f"cap_share_{n}"),
            _number(form, f"cap_star_{n}", 5, least=1),
        )
        for n in range(CAPS)
        if form.value(f"cap_above_{n}").strip()
    ]
    numbers = {name: _number(form, name, most, least=1) for name, most in _NUMBERS.items()}
    made = Criteria(lines, _four(points), _four(satisfaction), _four(faulty), tuple(caps), **numbers)
    if not form.faults:
        for name in faults(made):
            form.add(_PLACE.get(name, name), f"stars.fault.{'weights' if name == 'weights' else 'order'}")
    return made


_PLACE = {
    "weights": f"weight_{Metric.SATISFACTION}",
    "points": "points_2",
    "satisfaction_bp": "satisfaction_bp_2",
    "faults_bp": "faults_bp_2",
}


def _four(values: list[int]) -> tuple[int, int, int, int]:
    two, three, four, five = values
    return two, three, four, five


def _points(form: Form, name: str) -> int:
    return _number(form, name, 100)


def _number(form: Form, name: str, most: int, least: int = 0) -> int:
    text = form.value(name).strip()
    if text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= most:
        return int(text)
    form.add(name, "stars.fault.number", least=least, most=most)
    return least


def _share(form: Form, name: str) -> int:
    """A share typed in per cent, in basis points."""
    found = _SHARE.fullmatch(form.value(name).strip())
    if found is not None and (share := int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))) <= 10_000:
        return share
    form.add(name, "stars.fault.share")
    return 0
