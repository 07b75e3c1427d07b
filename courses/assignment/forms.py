"""What a manager or admin may send: whom to give what, a later due date."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

import msgspec

from portal.core.people.rules import Role

MOST_LINES = 200
Number = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}$")]


class AssignForm(msgspec.Struct):
    """An order to assign: what, to whom (one of four ways), by when, and how."""

    what: Annotated[str, msgspec.Meta(max_length=40)]
    to: Literal["people", "group", "team", "role"]
    people: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    group: Number | None = None
    manager: Number | None = None
    role: Role | None = None
    due_on: date | None = None
    kind: Literal["required", "elective"] = "required"
    again: bool = False

    @property
    def lines(self) -> list[str]:
        """Who is named in the list, each once."""
        return list(dict.fromkeys(line.strip() for line in self.people.splitlines() if line.strip()))

    def faults(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        """What only the whole form can tell: whom the chosen way leaves unnamed."""
        if self.to == "people" and not self.lines:
            yield "people", "required", {}
        if self.to == "people" and len(self.lines) > MOST_LINES:
            yield "people", "assignment.fault.too_many_lines", {"limit": MOST_LINES}
        if self.to == "group" and self.group is None:
            yield "group", "required", {}
        if self.to == "role" and self.role is None:
            yield "role", "required", {}


class ExtensionForm(msgspec.Struct):
    """A later due date, and why."""

    due_on: date
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=300)]
