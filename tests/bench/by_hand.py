"""Handlers as somebody would write them by hand: plain ASGI, the raw driver, no framework, no query builder.

Each gives the same bytes from the same rows as the portal's own page: it runs the same statements on a raw connection,
renders the same template, and compresses like the portal. The owner's home makes its values from the rows by hand
(`home_by_hand`); the others render values made beforehand, so their bar is higher than a real page by hand would set.
"""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import brotli

from certification.rights.rules import decide
from portal.core.base.database import DB
from portal.core.base.database.sqlite import SQLiteConnection, SQLiteDriver
from portal.core.web import pages
from portal.core.web.state import PageState, use_state
from portal.core.web.templates import environment

Statement = tuple[str, tuple[Any, ...]]


@dataclass
class Recording:
    """What one request of the portal did: its statements by transaction, its template and values, its answer."""

    reads: list[list[Statement]] = field(default_factory=list)
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    state: PageState | None = None
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class _Recorder(SQLiteConnection):
    """A connection that remembers what it was asked."""

    __slots__ = ("asked",)

    def __init__(self, inner: SQLiteConnection) -> None:
        super().__init__(inner.handle, writable=inner.writable)
        self.asked: list[Statement] = []

    async def fetch(self, sql: str, args: Any) -> list[Any]:
        self.asked.append((sql, tuple(args)))
        return await super().fetch(sql, args)


async def record(app: Any, scope: dict[str, Any]) -> Recording:
    """Have the portal answer once, and write down how."""
    driver = DB.driver
    assert isinstance(driver, SQLiteDriver)
    made = Recording()
    take, render = driver.take_reader, pages.render

    async def recording_take(*, long: bool) -> Any:
        recorder = _Recorder(await take(long=long))  # type: ignore[arg-type]
        made.reads.append(recorder.asked)
        return recorder

    def recording_render(template: str, context: dict[str, Any]) -> str:
        from portal.core.web.state import state  # noqa: PLC0415 - the request's own

        made.template, made.context, made.state = template, context, state()
        return render(template, context)

    driver.take_reader, pages.render = recording_take, recording_render  # type: ignore[method-assign]
    try:
        await _ask(app, scope, made)
    finally:
        driver.take_reader, pages.render = take, render  # type: ignore[method-assign]
    return made


async def _ask(app: Any, scope: dict[str, Any], made: Recording) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            made.status, made.headers = message["status"], list(message["headers"])

    await app(scope, receive, send)


def _headers(recorded: list[tuple[bytes, bytes]], body: bytes) -> list[tuple[bytes, bytes]]:
    kept = [pair for pair in recorded if pair[0].lower() not in (b"content-length", b"x-request-ref")]
    return [*kept, (b"content-length", str(len(body)).encode())]


def page_handler(recording: Recording) -> Callable[[Any, Any], Awaitable[None]]:
    """The page by hand."""
    driver = DB.driver
    assert isinstance(driver, SQLiteDriver)
    raw = driver._open(writable=False).handle
    template = environment().get_template(recording.template)
    assert recording.state is not None
    page_state = recording.state

    async def handle(scope: Any, send: Any) -> None:
        use_state(page_state)
        for statements in recording.reads:
            raw.execute("BEGIN")
            for sql, args in statements:
                raw.execute(sql, args).fetchall()
            raw.execute("ROLLBACK")
        body = brotli.compress(template.render(recording.context).encode(), quality=4)
        await send({"type": "http.response.start", "status": 200, "headers": _headers(recording.headers, body)})
        await send({"type": "http.response.body", "body": body})

    return handle


def json_handler(recording: Recording, answer: bytes) -> Callable[[Any, Any], Awaitable[None]]:
    """A program's answer by hand: the same statements, the same bytes encoded anew."""
    driver = DB.driver
    assert isinstance(driver, SQLiteDriver)
    raw = driver._open(writable=False).handle
    value = json.loads(answer)

    async def handle(scope: Any, send: Any) -> None:
        for statements in recording.reads:
            raw.execute("BEGIN")
            for sql, args in statements:
                raw.execute(sql, args).fetchall()
            raw.execute("ROLLBACK")
        body = json.dumps(value, ensure_ascii=False).encode()
        await send({"type": "http.response.start", "status": 200, "headers": _headers(recording.headers, body)})
        await send({"type": "http.response.body", "body": body})

    return handle


_ITEM = (
    "SELECT i.id, i.answer_seq FROM attempts a JOIN attempt_items i ON i.attempt = a.id"
    " WHERE a.ref = ? AND a.state = 'running' AND a.person = ? AND i.position = ?"
)


def save_handler(
    ref: str, person_id: int, viewer: list[list[Statement]]
) -> Callable[[Any, Any, bytes], Awaitable[None]]:
    """Saving an answer by hand: who is it, is the attempt running, log the answer, let it count, commit."""
    driver = DB.driver
    assert isinstance(driver, SQLiteDriver)
    raw = driver._open(writable=True).handle

    async def handle(scope: Any, send: Any, received: bytes) -> None:
        for sql, args in viewer[0]:
            raw.execute(sql, args).fetchall()
        sent = json.loads(received)
        at = time.strftime("%Y-%m-%d %H:%M:%S+00:00", time.gmtime())
        raw.execute("BEGIN IMMEDIATE")
        position = int(scope["path"].rsplit("/", 1)[1])
        item = raw.execute(_ITEM, (ref, person_id, position)).fetchall()[0]
        given = json.dumps(sent["given"])
        raw.execute(
            "INSERT INTO attempt_answers (item, seq, given, device, received_at, accepted) VALUES (?, ?, ?, 'b', ?, 1)"
            " ON CONFLICT DO NOTHING",
            (item[0], sent["seq"], given, at),
        )
        raw.execute(
            "UPDATE attempt_items SET answer = ?, answer_seq = ?, answered_at = ? WHERE id = ? AND answer_seq < ?",
            (given, sent["seq"], at, item[0], sent["seq"]),
        )
        raw.execute("COMMIT")
        body = json.dumps({"seq": sent["seq"], "saved_at": at}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return handle


class _Viewer:
    """As much of a viewer as the template asks."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def may(self, capability: str) -> bool:
        return capability in ("learn", "share", "serve_vips")


class _Decision:
    __slots__ = ("may_share", "status", "unmet", "valid_until")

    def __init__(self, decided: Any) -> None:
        self.may_share, self.status = decided.may_share, decided.status
        self.unmet, self.valid_until = decided.unmet, decided.valid_until


def home_by_hand(recording: Recording) -> Callable[[Any, Any], Awaitable[None]]:
    """The new owner's home by hand: the portal's statements one by one, and its checklist put together from the rows."""
    driver = DB.driver
    assert isinstance(driver, SQLiteDriver)
    raw = driver._open(writable=False).handle
    template = environment().get_template(recording.template)
    assert recording.state is not None
    page_state = recording.state
    statements = [statement for reads in recording.reads for statement in reads]
    known = recording.context

    def rows(sql: str, args: tuple[Any, ...]) -> list[dict[str, Any]]:
        cursor = raw.execute(sql, args)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    async def handle(scope: Any, send: Any) -> None:
        use_state(page_state)
        raw.execute("BEGIN")
        found = {sql: rows(sql, args) for sql, args in statements}
        raw.execute("ROLLBACK")
        context = {**known, **_home_values(found, known)}
        body = brotli.compress(template.render(context).encode(), quality=4)
        await send({"type": "http.response.start", "status": 200, "headers": _headers(recording.headers, body)})
        await send({"type": "http.response.body", "body": body})

    return handle


def _home_values(found: dict[str, list[dict[str, Any]]], known: dict[str, Any]) -> dict[str, Any]:
    """The checklist, the gate's answer and the viewer, from rows."""
    parts_rows = next(rows for sql, rows in found.items() if "curriculum_editions" in sql)
    lesson_rows = next(rows for sql, rows in found.items() if "lesson_editions" in sql)
    read = next((rows for sql, rows in found.items() if "FROM lesson_progress" in sql), [])
    done_lessons = {(row["enrolment"], row["lesson"]) for row in read}
    by_version: dict[int, list[dict[str, Any]]] = {}
    for row in lesson_rows:
        by_version.setdefault(row["version_id"], []).append(row)
    shown = known["checklist"]
    made = []
    for row, before in zip(parts_rows, shown.parts, strict=True):
        lessons = by_version.get(row["version"] or 0, [])
        left = [one for one in lessons if (row["enrolment"], one["id"]) not in done_lessons]
        made.append(
            SimpleNamespace(
                part=SimpleNamespace(kind=row["kind"], code=row["code"]),
                state="done" if row["course_done"] else before.state,
                title=lessons[0]["course_title"] if lessons else before.title,
                lessons_done=len(lessons) - len(left),
                lessons_total=len(lessons),
                minutes_left=sum(one["minutes"] for one in left) if lessons else before.minutes_left,
                next_lesson=SimpleNamespace(code=left[0]["code"]) if left else None,
                exam=before.exam,
            )
        )
    first = parts_rows[0]
    checklist = SimpleNamespace(
        assignment=SimpleNamespace(id=first["id"], purpose=first["purpose"], due_at=first["due_at"]),
        title=first["title"],
        label=first["label"],
        needed=made,
        done=sum(1 for one in made if one.state == "done"),
        total=len(made),
        minutes_left=sum(one.minutes_left for one in made),
        next=next(one for one in made if one.state == "now"),
    )
    decided = decide(known["standing"].facts, known["now"])
    return {"checklist": checklist, "decision": _Decision(decided), "viewer": _Viewer(known["viewer"].name)}
