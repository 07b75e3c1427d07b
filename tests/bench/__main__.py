"""`make bench`: the owner's home, a lesson, saving an answer, the share-right API; beside each the same by hand.

Printed, never asserted: the machine is shared, so only the ratio within one run means anything.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.client import Figures, load, request
from tests.bench.stage import Stage
from tests.bench.stage import load as load_stage
from tests.postgres import cluster

ROUNDS = 3
MOST_SAVES = 600  # in one round: a question may be answered anew only so often


def _free_port() -> int:
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cases(stage: Stage) -> list[tuple[str, str, Callable[[str], Callable[[int], bytes]]]]:
    learner = {"cookie": f"session={stage.learner_token}", "accept-encoding": "br", "accept-language": "zh-CN"}
    sitter = {"cookie": f"session={stage.sitter_token}", "content-type": "application/json"}
    program = {"authorization": stage.api_key, "accept-encoding": "identity"}
    right = f"/api/v1/owners/{stage.licensed_external_id}/share-right"
    answers = f"/attempts/{stage.attempt_ref}/answers/"

    def get(path: str, headers: dict[str, str]) -> Callable[[str], Callable[[int], bytes]]:
        return lambda prefix: lambda number: request("GET", prefix + path, headers)

    def save(prefix: str) -> Callable[[int], bytes]:
        first = time.time_ns() // 1000  # far enough apart that no two rounds share a number

        def make(number: int) -> bytes:
            position = str(number % len(stage.given) + 1)  # one question may be changed only so often
            body = json.dumps({"given": stage.given[position], "seq": first + number}).encode()
            token = {} if prefix else {"x-csrf-token": _token(stage), "sec-fetch-site": "same-origin"}
            return request("POST", prefix + answers + position, {**sitter, **token}, body)

        return make

    return [
        ("owner's home", "/", get("/", learner)),
        ("a lesson", stage.lesson_path, get(stage.lesson_path, learner)),
        ("share-right API", right, get(right, program)),
        ("saving an answer", answers, save),
    ]


_tokens: dict[str, str] = {}


def _token(stage: Stage) -> str:
    return _tokens[stage.sitter_token]


async def _fetch_token(stage: Stage, port: int) -> None:
    """The CSRF token as the attempt's page carries it."""
    import httpx  # noqa: PLC0415 - only here

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        page = await client.get(
            f"/attempts/{stage.attempt_ref}",
            headers={"Cookie": f"session={stage.sitter_token}", "Host": "127.0.0.1:8000"},
        )
    _tokens[stage.sitter_token] = page.text.split('name="_csrf" value="', 1)[1].split('"', 1)[0]


async def _measure(stage: Stage, port: int, *, with_hand: bool) -> list[tuple[str, Figures, Figures | None]]:
    await _fetch_token(stage, port)
    rows = []
    for name, _, make in _cases(stage):
        most = MOST_SAVES if name == "saving an answer" else None
        best: list[tuple[Figures, Figures | None]] = []
        for _ in range(ROUNDS):  # side by side, so that a noisy moment strikes both
            ours = await load(port, make(""), most=most)
            hand = await load(port, make("/by-hand"), most=most) if with_hand else None
            best.append((ours, hand))
        chosen = sorted(
            best, key=lambda pair: pair[0].per_second / pair[1].per_second if pair[1] else pair[0].per_second
        )
        rows.append((name, *chosen[len(chosen) // 2]))
    return rows


def _run(url: str, folder: Path, console: Console) -> None:
    where = folder / "stage.json"
    subprocess.run([sys.executable, "-W", "ignore", "-m", "tests.bench.stage", url, str(where)], check=True)
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.bench.serve", str(where), str(port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        stage = load_stage(where)
        queries = _await_server(server, port)
        rows = asyncio.run(_measure(stage, port, with_hand=url.startswith("sqlite")))
        _print(console, url.split(":", 1)[0], rows, queries, {name: path for name, path, _ in _cases(stage)})
    finally:
        server.terminate()
        server.wait(20)


def _await_server(server: subprocess.Popen[str], port: int) -> dict[str, str]:
    assert server.stdout is not None
    queries = {}
    for _ in range(3):
        _, path, count = server.stdout.readline().split()
        queries[path] = count
    import httpx  # noqa: PLC0415 - only here

    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": "127.0.0.1:8000"})
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return queries
    raise RuntimeError("the server did not come up")


def _print(
    console: Console,
    database: str,
    rows: list[tuple[str, Figures, Figures | None]],
    queries: dict[str, str],
    paths: dict[str, str],
) -> None:
    table = Table(title=f"{database}, one process, 16 connections")
    for column in ("what", "requests/s", "p50 ms", "p99 ms", "queries", "by hand/s", "ratio"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, ours, hand in rows:
        beside = (f"{hand.per_second:.0f}", f"{ours.per_second / hand.per_second:.2f}") if hand else ("–", "–")
        count = queries.get(paths[name], "–")
        table.add_row(name, f"{ours.per_second:.0f}", f"{ours.p50:.1f}", f"{ours.p99:.1f}", count, *beside)
    console.print(table)


if __name__ == "__main__":
    out = Console()
    with tempfile.TemporaryDirectory() as place:
        _run(f"sqlite:///{place}/portal.sqlite", Path(place), out)
    with tempfile.TemporaryDirectory() as place, cluster() as server_url:
        _run(server_url, Path(place), out)
