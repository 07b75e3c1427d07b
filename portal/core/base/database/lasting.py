"""Values of rows that never change, kept for as long as this database is connected.

Published versions are immutable, so what was read of one once need not be read again. Nothing is kept from inside
`writing()`: what is not committed may be undone, and its ids given to something else.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Any, TypeVar

from portal.core.base.database.engine import in_door

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
MOST = 5_000


class Lasting:
    """The least recently used go first when there are too many."""

    def __init__(self) -> None:
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def find(self, key: Hashable) -> Any:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def keep(self, key: Hashable, value: Any) -> None:
        self._values[key] = value
        if len(self._values) > MOST:
            self._values.popitem(last=False)

    def clear(self) -> None:
        self._values.clear()


LASTING = Lasting()


async def lasting(
    kind: str,
    keys: Iterable[Key],
    variant: str,
    load: Callable[[list[Key]], Awaitable[dict[Key, tuple[Value, bool]]]],
) -> dict[Key, Value]:
    """The values of `keys`, those unknown loaded together; `load` says of each whether it can never change.

    `variant` tells apart what the same row is read as (its language).
    """
    found: dict[Key, Value] = {}
    missing: list[Key] = []
    for key in keys:
        value = LASTING.find((kind, key, variant))
        if value is None:
            missing.append(key)
        else:
            found[key] = value
    if missing:
        door = in_door()
        for key, (value, lasts) in (await load(missing)).items():
            found[key] = value
            if lasts and door is not None and not door.writable:
                LASTING.keep((kind, key, variant), value)
    return found
