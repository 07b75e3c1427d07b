"""What a manager may send for a member of her team."""

from datetime import date
from typing import Annotated

import msgspec

Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=300)]


class ExtensionForm(msgspec.Struct):
    """A later due date, and why."""

    due_on: date
    reason: Reason


class GrantForm(msgspec.Struct):
    """One more try at the exam, and why."""

    reason: Reason
