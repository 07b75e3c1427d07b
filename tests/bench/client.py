"""A bounded load on 127.0.0.1: some connections, each asking as soon as it has been answered, for some seconds."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Figures:
    """What a load found; times in milliseconds."""

    requests: int
    per_second: float
    p50: float
    p99: float


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: 127.0.0.1:8000",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes) -> int:
    writer.write(message)
    head = await reader.readuntil(b"\r\n\r\n")
    found = _LENGTH.search(head)
    assert found is not None, head
    body = await reader.readexactly(int(found[1]))
    assert b" 200 " in head, (head, body)
    return len(body)


async def load(
    port: int, make: Callable[[int], bytes], *, connections: int = 16, seconds: float = 4, most: int | None = None
) -> Figures:
    """Ask for `seconds`, or `most` times; `make` gives the n-th request. Another answer than 200 is an AssertionError."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def work(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = first
        while time.perf_counter() < end and (most is None or number < most):
            began = time.perf_counter()
            await _one(reader, writer, make(number))
            times.append(time.perf_counter() - began)
            number += connections
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(work(first) for first in range(connections)))
    elapsed = time.perf_counter() - began
    ordered = sorted(times)
    at = lambda share: ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000  # noqa: E731
    return Figures(len(times), len(times) / elapsed, at(0.5), at(0.99))
