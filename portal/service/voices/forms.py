"""What buyers and owners may write here."""

from typing import Annotated

import msgspec

from portal.service.voices.rules import MOST_TEXT, Marks

Mark = Annotated[int, msgspec.Meta(ge=1, le=5)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_TEXT)]


class RatingForm(msgspec.Struct):
    """A buyer's marks on a line."""

    line: Line
    goods: Mark
    delivery: Mark
    owner: Mark
    text: Annotated[str, msgspec.Meta(max_length=MOST_TEXT)] = ""

    @property
    def marks(self) -> Marks:
        return Marks(self.goods, self.delivery, self.owner)


class TextForm(msgspec.Struct):
    """A message."""

    text: Words


class LineTextForm(msgspec.Struct):
    """An addition to a line's rating, or its answer."""

    line: Line
    text: Words
