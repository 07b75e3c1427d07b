"""A site on each database, with a key by which a program writes to it."""

import asyncio
from dataclasses import replace

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect
from portal.core.base.settings import Settings, use_settings
from portal.core.people.actions import make_api_key
from portal.core.people.rules import Scope
from tests.faults.serving import KEY


async def _with_key(url: str) -> None:
    await connect(url)
    try:
        await make_api_key(SYSTEM, "faults", list(Scope), now(), key=KEY)
    finally:
        await disconnect()


@pytest.fixture
def site(own_settings: Settings, database_url: str) -> Settings:
    """The settings of a migrated site that takes the key; nothing is connected."""
    made = replace(own_settings, database_url=database_url, clock_file=None)
    use_settings(made)
    asyncio.run(_with_key(database_url))
    return made
