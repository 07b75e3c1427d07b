"""What an admin may send about the hours of carriers."""

from typing import Annotated

from msgspec import Meta, Struct

from portal.service.facts.promises import LEAST, MOST

Typed = Annotated[int, Meta(ge=LEAST, le=MOST)]


class HoursForm(Struct):
    """Hours from the first trace to the door, and why they change."""

    usual: Typed
    cold: Typed
    reason: Annotated[str, Meta(min_length=2, max_length=500)]
