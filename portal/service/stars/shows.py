"""What the pages of a star have in common: the store it belongs to, sentences of a metric, lines of files."""

from collections.abc import Sequence
from typing import Any

from litestar import Request

from portal.core.base.refusals import NotFound
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web.i18n import t
from portal.core.web.paging import cut_of, next_link
from portal.core.web.sheets import Cell
from portal.core.web.viewer import Viewer
from portal.service.stars import queries
from portal.service.stars.criteria import Metric
from portal.service.stars.queries import Explained, StoreRow
from portal.service.stars.rules import CASE, Inputs
from portal.service.stars.spans import is_month

HERE = "/stars"


async def own_store(viewer: Viewer) -> StoreInfo:
    """Her store. Raises NotFound. Inside a door."""
    found = await stores.store_of_owner(viewer.person_id)
    if found is None:
        raise NotFound
    return found


async def published(month: str, store_id: int) -> Explained:
    """A store's month that is published. Raises NotFound. Inside a door."""
    found = await queries.explained(month, store_id) if is_month(month) else None
    if found is None or found.run.published_at is None:
        raise NotFound
    return found


def metric_of(name: str) -> Metric:
    """Raises NotFound."""
    if name not in set(Metric):
        raise NotFound
    return Metric(name)


async def cases_of(request: Request[Any, Any, Any], found: Explained, metric: Metric) -> dict[str, Any]:
    """What the page of a metric's cases shows of a month, a page of them at a time. Inside a door."""
    shown = await queries.cases_of(found, metric, cut_of(request))
    return {
        "found": found,
        "metric": metric,
        "scored": next(each for each in found.result.scored if each.metric is metric),
        "shown": shown,
        "more": next_link(request, shown),
        "first": "after" not in request.query_params,
        "amount": amount,
    }


def amount(hundredths: int) -> str:
    """So many cases, with a decimal only where late ratings weigh less."""
    whole, rest = divmod(hundredths, CASE)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def points(hundredths: int) -> str:
    return amount(hundredths // 10 * 10)


COLUMNS = (
    "month",
    "store",
    "result",
    "cause",
    "outcome",
    "star",
    "earned",
    "points",
    "open",
    "certified",
    "active_days",
    "misdescribed",
    "days",
    "orders",
    "vips",
    "ratings",
    "fault_vips",
    "before",
)
PARTS = ("hits", "of", "low", "high", "points")


def heads() -> list[Cell]:
    parts = [
        t("stars.column.part", metric=t(f"stars.metric.{m}"), part=t(f"stars.part.{p}")) for m in Metric for p in PARTS
    ]
    return [*(t(f"stars.column.{name}") for name in COLUMNS), *parts]


def line(row: StoreRow, inputs: Inputs, scored: Sequence[dict[str, Any]]) -> list[Cell]:
    """A store's month as a line of the file: result, inputs, and each metric's counts, bounds and points."""
    plain: list[Cell] = [
        row.month,
        row.store_name,
        row.result_id,
        row.cause,
        t(f"stars.outcome.{row.outcome}"),
        row.star,
        row.raw,
        points(row.points),
        int(inputs.is_open),
        int(inputs.certified),
        inputs.active_days,
        inputs.misdescribed,
        inputs.span_days,
        inputs.orders,
        inputs.vips,
        inputs.ratings,
        inputs.fault_vips,
        inputs.before,
    ]
    for each in scored:
        plain += [amount(each["hits"]), amount(each["of"]), each["low_bp"], each["high_bp"], points(each["points"])]
    return plain
