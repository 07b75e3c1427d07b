"""Every no in a sentence: a page for people, a fragment for htmx, RFC 9457 problem details for programs."""

import json
import logging
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.response import Response
from litestar.utils.scope.state import ScopeState

from portal.core.base.refusals import Refused
from portal.core.web.forms import fault_text
from portal.core.web.guards import NotSignedIn
from portal.core.web.i18n import has_text, t
from portal.core.web.pages import HTML
from portal.core.web.shapes import Fault, read_shape
from portal.core.web.state import state
from portal.core.web.templates import render

log = logging.getLogger("portal.errors")
PROBLEM = "application/problem+json"
PROGRAM_PATHS = ("/api/", "/webhooks/", "/.well-known/", "/credentials/", "/healthz", "/readyz", "/metrics")
AnyRequest = Request[Any, Any, Any]


def for_program(path: str) -> bool:
    return path.startswith(PROGRAM_PATHS)


def sentence(code: str, params: Any) -> str:
    key = f"refusal.{code}"
    return t(key, **params) if has_text(key) else t("refusal.error")


def refused(request: AnyRequest, error: Refused) -> Response[Any]:
    """A rule's no."""
    path = request.url.path
    wait = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if for_program(path):
        text = sentence(error.code, error.params)
        named = {"errors": [{"field": error.field, "code": error.code, "detail": text}]} if error.field else {}
        return problem(error.status, error.code, text, headers=wait, **named)
    if isinstance(error, NotSignedIn):
        return _to_sign_in(request)
    return _error_page(request, error.status, error.code, sentence(error.code, error.params), error.way, wait)


def _to_sign_in(request: AnyRequest) -> Response[Any]:
    from urllib.parse import urlencode  # noqa: PLC0415 - only here

    back = f"?{urlencode({'next': request.url.path})}" if request.method == "GET" and request.url.path != "/" else ""
    location = f"/sign-in{back}"
    if request.headers.get("hx-request") == "true":
        return Response("", media_type=HTML, status_code=200, headers={"HX-Redirect": location})
    return Response("", media_type=HTML, status_code=303, headers={"Location": location})


def http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """What the framework refuses by itself: unknown paths and methods, ill-formed bodies, too much of them."""
    codes = {404: "not_found", 405: "method", 413: "too_much", 401: "not_signed_in", 403: "forbidden"}
    code = codes.get(error.status_code, "bad_request")
    headers = dict(error.headers or {}) if isinstance(error, MethodNotAllowedException) else {}
    if for_program(request.url.path):
        if isinstance(error, (ValidationException, ClientException)) and error.status_code == 400:
            return _shape_problem(request, error)
        return problem(error.status_code, code, sentence(code, {}), headers=headers)
    if error.status_code == 400:
        return _error_page(request, 400, "bad_request", sentence("bad_request", {}), None)
    return _error_page(request, error.status_code, code, sentence(code, {}), None, headers)


def _shape_problem(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """422 with every field named: the body is read again, field by field, against the handler's shape."""
    faults = _body_faults(request)
    if not faults:
        extra = error.extra if isinstance(error.extra, list) else []
        faults = [Fault(str(row.get("key", "")), "malformed", {}) for row in extra if isinstance(row, dict)]
    details = [{"field": fault.path, "code": fault.code, "detail": fault_text(fault)} for fault in faults]
    return problem(422, "shape", sentence("shape", {}), errors=details)


def _body_faults(request: AnyRequest) -> list[Fault]:
    try:
        struct = request.route_handler.parsed_fn_signature.parameters["data"].annotation
        body = ScopeState.from_scope(request.scope).body
        data = json.loads(body) if isinstance(body, bytes) else None
    except (KeyError, AttributeError, TypeError, ValueError):
        return [Fault("", "not_json", {})]
    if not isinstance(data, dict):
        return [Fault("", "not_object", {})]
    if not (isinstance(struct, type) and issubclass(struct, msgspec.Struct)):
        return []
    return read_shape(data, struct)[1]


def problem(
    status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> Response[Any]:
    """RFC 9457; `code` is stable, `detail` is a sentence in the caller's language."""
    body = {
        "type": f"about:blank#{code}",
        "title": code,
        "status": status,
        "detail": detail,
        "instance": state().request_ref,
        **more,
    }
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if status in (429, 503):
        sent.setdefault("Retry-After", str(more.get("retry_after", 30)))
    return Response(body, media_type=PROBLEM, status_code=status, headers=sent)


def unexpected(request: AnyRequest, error: Exception) -> Response[Any]:
    """A fault of ours: the trace goes to the log under the request's ref, the person gets a sentence and the ref."""
    log.error("unexpected", exc_info=error, extra={"request_ref": state().request_ref, "path": request.url.path})
    if for_program(request.url.path):
        return problem(500, "error", sentence("error", {}))
    return _error_page(request, 500, "error", sentence("error", {}), None)


def too_deep(request: AnyRequest, error: RecursionError) -> Response[Any]:
    """A body nested so deeply that reading it gave up; anywhere else a fault of ours."""
    if not for_program(request.url.path):
        return unexpected(request, error)
    log.warning("too deep", exc_info=error, extra={"request_ref": state().request_ref, "path": request.url.path})
    fault = {"field": "", "code": "not_json", "detail": fault_text(Fault("", "not_json", {}))}
    return problem(422, "shape", sentence("shape", {}), errors=[fault])


def _error_page(
    request: AnyRequest, status: int, code: str, text: str, way: str | None, headers: dict[str, str] | None = None
) -> Response[Any]:
    context: dict[str, object] = {"viewer": state().viewer, "status": status, "code": code, "text": text, "way": way}
    sent = {"Cache-Control": "no-store", "Vary": "HX-Request, HX-Target, Cookie", **(headers or {})}
    if status in (429, 503):
        sent.setdefault("Retry-After", "30")
    if request.headers.get("hx-request") == "true":
        sent |= {"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML"}
        return Response(render("errors/_toast.html", context), media_type=HTML, status_code=status, headers=sent)
    return Response(render("errors/page.html", context), media_type=HTML, status_code=status, headers=sent)


HANDLERS: dict[int | type[Exception], Any] = {
    Refused: refused,
    NotFoundException: http_error,
    HTTPException: http_error,
    RecursionError: too_deep,
    Exception: unexpected,
}
