"""What the engine asks of a database: connections for a reader and for a writer, and their transactions."""

from collections.abc import Sequence
from typing import Any, Protocol

Row = dict[str, Any]


class Connection(Protocol):
    """One connection inside one transaction."""

    async def fetch(self, sql: str, args: Sequence[Any]) -> list[Row]: ...


class Driver(Protocol):
    """One database. `take_*` begins a transaction; `give_back` ends it and frees the connection."""

    engine_type: str

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def take_reader(self, *, long: bool) -> Connection: ...
    async def take_writer(self) -> Connection: ...
    async def give_back(self, connection: Connection, *, commit: bool) -> None: ...
