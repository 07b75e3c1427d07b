"""Figures for Prometheus: requests by kind of answer, how long they took, what waits in the outbox and the jobs.

Labels are bounded: no path, person or address ever becomes one. `/metrics` answers to this machine only.
"""

import ipaddress

from litestar import Controller, get
from litestar.response import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.base.tables import Job, Outbox
from portal.core.web.state import state

REGISTRY = CollectorRegistry()
REQUESTS = Counter("portal_requests", "Requests answered", ["method", "kind", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "portal_request_seconds",
    "Seconds from a request to its answer",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
WAITING = Gauge("portal_work_waiting", "Rows that a worker has still to do", ["table"], registry=REGISTRY)
DEAD = Gauge("portal_work_dead", "Rows that were given up", ["table"], registry=REGISTRY)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def kind_of(path: str) -> str:
    """What sort of address was asked: one of four, whatever is behind it."""
    if path.startswith("/static/"):
        return "static"
    if path.startswith("/api/"):
        return "api"
    return "webhook" if path.startswith("/webhooks/") else "page"


def note(method: str, path: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    kind = kind_of(path)
    REQUESTS.labels(method if method in _METHODS else "other", kind, f"{status // 100}xx").inc()
    SECONDS.labels(kind).observe(seconds)


async def _look() -> None:
    async with reading():
        for name, table in (("outbox", Outbox), ("jobs", Job)):
            waiting = table.done_at.is_null() & table.dead_at.is_null()
            WAITING.labels(name).set(await table.count().where(waiting))
            DEAD.labels(name).set(await table.count().where(table.dead_at.is_not_null()))


def _from_here(address: str | None) -> bool:
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class MetricsPage(Controller):
    """`/metrics`, for a collector on the same machine; to anybody else there is no such page."""

    opt = {"open": True, "program": True}  # noqa: RUF012 - Litestar's own form

    @get("/metrics")
    async def metrics(self) -> Response[bytes]:
        if not _from_here(state().address):
            raise NotFound
        await _look()
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


ROUTES = [MetricsPage]
