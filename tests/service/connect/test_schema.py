"""A real client drives every door of the API from its own document: no 5xx, no answer that the document does not name.

Over a served portal, so that bodies and headers arrive as they do in life. The seed is fixed: a failure comes again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examples
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, checks
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal import wiring
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect
from portal.core.base.settings import Settings, use_settings
from portal.core.people.actions import make_api_key
from portal.core.people.rules import Scope
from portal.service.orders.rules import ParcelState
from tests import make
from tests.faults.serving import KEY, serving
from tests.service.orders import make as orders

HEADERS = {"Authorization": f"Bearer {KEY}"}
EXAMPLES = 12  # an operation and a mode
CHECKS = [checks.not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass(frozen=True)
class Served:
    """A portal, and ids of records that it has."""

    base: str
    known: dict[str, str]


async def _prepared(url: str) -> dict[str, str]:
    await connect(url)
    wiring.join()
    try:
        await make_api_key(SYSTEM, "schema", list(Scope), now(), key=KEY)
        owner = await make.owner("Olive")
        bought = await orders.order(await orders.vip(owner))
        await orders.parcel(bought, now(), ParcelState.ACCEPTED)
    finally:
        await disconnect()
    return {"external_id": owner.external_id, "number": bought.number}


@pytest.fixture
def served(own_settings: Settings, database_url: str) -> Iterator[Served]:
    """A portal of its own process, with an order in it."""
    made = replace(own_settings, database_url=database_url, clock_file=None)
    use_settings(made)
    known = asyncio.run(_prepared(database_url))
    with serving(made) as server:
        yield Served(server.base, known)


def _drive(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, known: dict[str, str] | None) -> int:
    """Call one operation many times; every answer must be one that the document names. Returns how many calls."""
    calls = 0

    @seed(20261122)
    @examples(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode, path_parameters=known, headers=HEADERS))
    def call(case: Case[Any]) -> None:
        nonlocal calls
        calls += 1
        case.call_and_validate(checks=CHECKS, headers=HEADERS, timeout=20)

    with suppress(Unsatisfiable):  # of some calls there is nothing that could be wrong
        call()
    return calls


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_one_that_the_document_names(served: Served, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{served.base}/api/openapi.json")
    driven = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        names = {parameter.name for parameter in operation.path_parameters}
        calls = _drive(operation, mode, None)
        assert calls or mode is GenerationMode.NEGATIVE, operation.label
        driven += calls > 0
        if mode is GenerationMode.POSITIVE and names and names <= served.known.keys():
            _drive(operation, mode, {name: served.known[name] for name in names})
    assert driven >= 10
