"""Fields that several rooms' shapes share, as msgspec annotations."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from portal.core.base.ids import EXTERNAL_ID
from portal.core.base.money import LARGEST_FEN

Fault = tuple[str, str, dict[str, object]]  # what a shape's own `faults()` yields: field, code, params

Instant = Annotated[datetime, Meta(tz=True, description="ISO 8601 with its zone.")]
ExternalId = Annotated[str, Meta(min_length=1, max_length=80, pattern=EXTERNAL_ID)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Phone = Annotated[str, Meta(min_length=5, max_length=32)]
Fen = Annotated[int, Meta(ge=0, le=LARGEST_FEN, description="In fen.")]
_YEARS = range(2000, 2100)  # beyond them is a slip of the pen, and some of it no database can hold


def odd_instants(**given: datetime | None) -> Iterator[Fault]:
    """A fault for each time that can be none of ours."""
    for name, instant in given.items():
        if instant is not None and instant.year not in _YEARS:
            yield name, "not_instant", {}
