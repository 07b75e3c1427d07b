"""Is it alive, is it ready, and what it counts: for the machines that watch it."""

from litestar import Controller, get
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.schema import behind
from portal.core.base.tables import Job

WORKER_SILENCE_SECONDS = 60


class HealthPages(Controller):
    """`/healthz` answers while the process lives; `/readyz` while it can serve."""

    opt = {"open": True, "program": True}  # noqa: RUF012 - Litestar's own form

    @get("/healthz")
    async def alive(self) -> dict[str, str]:
        return {"status": "alive"}

    @get("/readyz")
    async def ready(self) -> Response[dict[str, object]]:
        checks = await readiness()
        return Response(checks, status_code=200 if checks["status"] == "ready" else 503)


async def readiness() -> dict[str, object]:
    """What stands and what does not: database, migrations, worker (heard within a minute)."""
    try:
        migrated = not await behind()
        async with reading():
            rows = await Job.select(Job.due_at).where(Job.kind == "sweep").order_by(Job.due_at).limit(1)
    except Exception:  # whatever it is, we are not ready
        return {"status": "not ready", "database": False, "migrations": False, "worker": False}
    worker = bool(rows) and (now() - rows[0]["due_at"]).total_seconds() < WORKER_SILENCE_SECONDS
    ready = migrated and worker
    return {"status": "ready" if ready else "not ready", "database": True, "migrations": migrated, "worker": worker}


ROUTES = [HealthPages]
