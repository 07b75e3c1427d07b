"""The shop, and receivers of what we send it."""

from collections.abc import AsyncIterator

import pytest

from portal.core.web.frame import Frame
from tests.service.connect.receiver import Receiver
from tests.service.connect.shop import Shop, open_shop


@pytest.fixture
async def shop(app: Frame) -> AsyncIterator[Shop]:
    """The shop with a key of every scope."""
    opened = await open_shop(app)
    yield opened
    await opened.client.aclose()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks on this machine."""
    made = Receiver()
    await made.start()
    yield made
    await made.stop()
