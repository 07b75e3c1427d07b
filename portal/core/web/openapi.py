"""How the API describes itself: one key scheme, stable operation ids, and every no as problem details."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Operation, SecurityScheme
from litestar.types import Method

from portal.core.web.errors import PROBLEM


class FieldProblem(msgspec.Struct):
    """One field that is wrong: its path in the body, a stable code, a sentence."""

    field: str
    code: str
    detail: str


class ReasonProblem(msgspec.Struct):
    """One unmet condition of the share right: a stable code, a sentence, and the page that mends it."""

    code: str
    text: str
    url: str


class Problem(msgspec.Struct):
    """RFC 9457 problem details; `title` is a stable code, `detail` a sentence in the caller's language."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | msgspec.UnsetType = msgspec.UNSET
    reasons: list[ReasonProblem] | msgspec.UnsetType = msgspec.UNSET


def _no(description: str) -> ResponseSpec:
    return ResponseSpec(Problem, description=description, media_type=PROBLEM, generate_examples=False)


PROBLEM_RESPONSES: dict[int, ResponseSpec] = {
    401: _no("There is no valid key."),
    403: _no("The key lacks the scope."),
    404: _no("There is no such record."),
    409: _no("The record's state, or another record, is in the way; nothing was changed."),
    413: _no("The body is larger than 4 MB."),
    422: _no("The body, or the id in the path, does not have its shape; `errors` names each field."),
    429: _no("Too many calls with this key; `Retry-After` says for how many seconds."),
}


@dataclass
class ProgramOperation(Operation):
    """An operation of the API. What is ill-formed is a 422 here, so the framework's own 400 is not promised."""

    def __post_init__(self) -> None:
        if self.responses:
            self.responses.pop("400", None)


def _operation_id(handler: HTTPRouteHandler, method: Method, path: list[Any]) -> str:
    """The handler's own name: it stays when paths or rooms move."""
    return handler.handler_name


def openapi_config() -> OpenAPIConfig:
    """`/api/openapi.json`, open to everybody, without a page of its own."""
    return OpenAPIConfig(
        title="Store-owner portal",
        version="1",
        description="For the shop's programs. Money in fen, times ISO 8601 with their zone; docs/api.md tells more.",
        path="/api",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        openapi_router=Router(path="/api", route_handlers=[], opt={"open": True}),
        security=[{"bearer": []}],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="An API key with the scope.")
            }
        ),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
    )
