"""What the doors for programs share: who calls, the body read field by field, one effect for one Idempotency-Key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request
from litestar.params import HeaderParameter
from litestar.response import Response

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.idempotency import Answer, Once, answer_of, claim_once, keep_answer, once_of
from portal.core.base.refusals import Refused
from portal.core.web.errors import problem, sentence
from portal.core.web.forms import fault_text
from portal.core.web.shapes import Fault, read_shape
from portal.core.web.state import state

Shape = TypeVar("Shape", bound=msgspec.Struct)


class IllShaped(Refused):
    """A body that does not have its shape; every fault is told."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("shape", status=422)
        self.faults = faults


def caller() -> Actor:
    """The program that the guard has let in."""
    program = state().program
    assert program is not None
    return program.actor


def shaped(data: Mapping[str, Any], struct: type[Shape], path: str = "") -> Shape:
    """The data as a Struct, its texts cleaned. Raises IllShaped."""
    shape, faults = read_shape(data, struct, path=path)
    if shape is None:
        raise IllShaped(faults)
    return shape


def tidied(body: Shape) -> Shape:
    """A decoded body with its texts cleaned and its own check made. Raises IllShaped."""
    return shaped(msgspec.to_builtins(body, builtin_types=(datetime,)), type(body))


IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key again is answered as at first, for three days; with another body it is a 422.",
    ),
]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a door answers: a shape of the contract, and its status."""

    body: msgspec.Struct
    status: int = 200

    @property
    def answer(self) -> Answer:
        return Answer(self.status, msgspec.json.encode(self.body))


async def once(request: Request[Any, Any, Any], key: str | None, act: Callable[[], Awaitable[Reply]]) -> Response[Any]:
    """Run `act` in one transaction with its Idempotency-Key; the same request again gets the first answer again.

    A refusal is not kept: nothing was done. Without a key `act` runs each time, in a transaction too. It must not wait
    for network or hashing. Raises Refused(422, "key_reused") where the key came with another body.
    """
    if key is None:
        async with writing():
            return _as_json((await act()).answer)
    mark = await _mark(request, key)
    async with writing():
        if kept := await claim_once(mark, now()):
            return _as_json(_kept_answer(kept))
        return _as_json(await keep_answer(mark, (await act()).answer))


async def once_by_parts(
    request: Request[Any, Any, Any], key: str | None, act: Callable[[], Awaitable[Reply]]
) -> Response[Any]:
    """As `once`, for an act of many transactions that may be repeated without harm: nobody waits behind all of it.

    Sent twice at once both run; the answer that was kept first is everybody's.
    """
    if key is None:
        return _as_json((await act()).answer)
    mark = await _mark(request, key)
    async with writing():
        kept = await claim_once(mark, now())
        if kept and (answer := answer_of(kept)):
            return _as_json(answer)
    done = (await act()).answer
    async with writing():
        return _as_json(await keep_answer(mark, done))


async def _mark(request: Request[Any, Any, Any], key: str) -> Once:
    return once_of(caller().name, f"{request.method} {request.url.path}", key, await request.body())


def _kept_answer(kept: Any) -> Answer:
    answer = answer_of(kept)
    assert answer is not None  # kept in the transaction that claimed the key
    return answer


def _as_json(answer: Answer) -> Response[Any]:
    return Response(answer.body, status_code=answer.status, media_type="application/json")


def _ill_shaped(request: Request[Any, Any, Any], error: IllShaped) -> Response[Any]:
    details = [{"field": fault.path, "code": fault.code, "detail": fault_text(fault)} for fault in error.faults]
    return problem(422, "shape", sentence("shape", {}), errors=details)


HANDLERS: dict[int | type[Exception], Any] = {IllShaped: _ill_shaped}
