"""What the dashboards share: the filter, and one look at everything that is counted by day. Call inside a door."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.base.clock import local
from portal.core.people.doorway import signed_in
from portal.service.insight import scopes
from portal.service.insight.queries import Looked
from portal.service.insight.rules import PERIODS, Period, funnel, period_of, worst_step
from portal.service.insight.scopes import Asked

WHOLE, TEAM = "/admin/figures", "/manage/figures"
TOOK = (("in_3", "done"), ("in_7", "done"), ("in_14", "now"), ("in_30", "warm"), ("over_30", "hot"))
REPLIED = (("in_hour", "done"), ("in_four", "done"), ("in_day", "warm"), ("over_day", "hot"))


def period(asked: Asked, at: datetime) -> Period:
    return period_of(asked.days, local(at).date())


def drawn(looked: Looked) -> dict[str, Any]:
    """What the pictures of the way and of replies take."""
    steps = funnel(looked.now.days)
    return {
        "steps": steps,
        "worst": worst_step(steps),
        "took": [(name, getattr(looked.now.days, name), tone) for name, tone in TOOK],
        "replied": [(name, getattr(looked.now.days, name), tone) for name, tone in REPLIED],
    }


async def asked(path: str, query: Mapping[str, str]) -> Asked:
    """What is asked for: of everybody's figures, or of her own team's. Raises NotFound."""
    return await scopes.own(query, signed_in()) if path == TEAM else await scopes.asked(query)


def common(path: str, asked: Asked, span: Period, looked: Looked, at: datetime) -> dict[str, Any]:
    """What every dashboard's template needs."""
    return {
        "here": path,
        "asked": asked,
        "period": span,
        "periods": PERIODS,
        "looked": looked,
        "now": at,
        **drawn(looked),
    }
