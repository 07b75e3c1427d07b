"""The application: every route in one list, closed by default, inside the frame."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.config.compression import CompressionConfig

from portal import wiring
from portal.core.base.database import connect, disconnect
from portal.core.base.settings import settings
from portal.core.web.errors import HANDLERS
from portal.core.web.frame import UPLOAD_LIMIT, Frame
from portal.core.web.guards import csrf_guard, entry_guard
from portal.core.web.openapi import openapi_config
from portal.routes import ROUTES


@asynccontextmanager
async def _database(app: Litestar) -> AsyncIterator[None]:
    await connect(settings().database_url)
    try:
        yield
    finally:
        await disconnect()


def create_app(*, own_database: bool = True) -> Frame:
    """The whole portal as an ASGI application; `own_database` opens and closes the database with it."""
    wiring.join()
    litestar = Litestar(
        route_handlers=ROUTES,
        guards=[entry_guard, csrf_guard, *wiring.GUARDS],
        exception_handlers=HANDLERS,
        compression_config=CompressionConfig(
            backend="brotli", brotli_quality=4, minimum_size=700, exclude_opt_key="uncompressed"
        ),
        openapi_config=openapi_config(),
        include_in_schema=False,
        request_max_body_size=UPLOAD_LIMIT,
        lifespan=[_database] if own_database else [],
        logging_config=None,
        pdb_on_exception=False,
    )
    return Frame(litestar, wiring.ENTRANCE)  # type: ignore[arg-type]
