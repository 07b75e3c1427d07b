"""The rooms that know something of a buyer, each with its `personal.py`; joined in `portal/wiring.py`."""

from datetime import datetime
from typing import Any, Protocol


class Personal(Protocol):
    """A room's `personal` module. Both are called inside a door, the second inside a writing one."""

    async def export_buyer(self, vip_id: int) -> dict[str, Any]:
        """What the room knows of her, as plain values."""

    async def erase_buyer(self, vip_id: int, at: datetime) -> None:
        """Take out what names or describes her; what is counted or paid stays. Again changes nothing."""


PERSONAL: dict[str, Personal] = {}
