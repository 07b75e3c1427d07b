"""Where the rooms above put in what follows from a change at the desk; joined in `portal/wiring.py`."""

from collections.abc import Awaitable, Callable
from datetime import datetime

# Given an agent who has just begun to take work, in the transaction of her saying so: what waits may come to her.
ON_PRESENT: list[Callable[[int, datetime], Awaitable[None]]] = []
# Given one of the desk whose leave has just been entered, in its transaction: what she holds may need a new hand.
ON_ABSENCE: list[Callable[[int, datetime], Awaitable[None]]] = []
