"""The process under test: the portal at its own addresses, and under `/by-hand` the same by hand, on one database."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import uvicorn

from portal.app import create_app
from portal.core.base.database import DB, LASTING, connect, counting_queries, disconnect
from tests.bench import by_hand
from tests.bench.stage import Stage, load, settle

FIRST_SEQ = 1


def _scope(path: str, headers: dict[str, str]) -> dict[str, Any]:
    sent = {"host": "127.0.0.1:8000", "accept-encoding": "br", "accept-language": "zh-CN", **headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
        "root_path": "",
        "state": {},
    }


async def _answer(app: Any, scope: dict[str, Any]) -> bytes:
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(parts)


class Both:
    """The portal, and beside it the handlers by hand (SQLite only: they speak to its raw driver)."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.portal = create_app(own_database=False)
        self.hands: dict[str, Any] = {}
        self.save: Any = None

    async def prepare(self) -> None:
        await connect(self.stage.database_url)
        learner = {"cookie": f"session={self.stage.learner_token}"}
        program = {"authorization": self.stage.api_key, "accept-encoding": "identity"}
        right = f"/api/v1/owners/{self.stage.licensed_external_id}/share-right"
        for path, headers in (("/", learner), (self.stage.lesson_path, learner), (right, program)):
            scope = _scope(path, headers)
            await _answer(self.portal, scope)  # whatever is made at the first visit is there at the second
            LASTING.clear()  # by hand nothing is kept: every row is read each time
            recording = await by_hand.record(self.portal, scope) if DB.engine_type == "sqlite" else None
            with counting_queries() as count:
                await _answer(self.portal, scope)
            print(f"queries {path} {len(count)}", flush=True)
            if recording is None:
                continue
            if path == "/":
                self.hands[path] = by_hand.home_by_hand(recording)
            elif recording.template:
                self.hands[path] = by_hand.page_handler(recording)
            else:
                self.hands[path] = by_hand.json_handler(recording, await _answer(self.portal, scope))
        if DB.engine_type == "sqlite":
            sitter = _scope("/help", {"cookie": f"session={self.stage.sitter_token}"})
            seen = await by_hand.record(self.portal, sitter)
            assert seen.state is not None
            assert seen.state.viewer is not None
            self.save = by_hand.save_handler(self.stage.attempt_ref, seen.state.viewer.person_id, seen.reads)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"].startswith("/by-hand"):
            await self._by_hand(scope, receive, send)
        else:
            await self.portal(scope, receive, send)

    async def _by_hand(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            message = await receive()
            await self.save(scope, send, message["body"])
        else:
            await self.hands[scope["path"].removeprefix("/by-hand")](scope, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        await self.prepare()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await disconnect()
        await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    place = load(Path(sys.argv[1]))
    settle(place.database_url, place.files_url, 8000)
    config = uvicorn.Config(Both(place), port=int(sys.argv[2]), log_level="warning", access_log=False)
    asyncio.run(uvicorn.Server(config).serve())
