"""How values are spelt in a statement of our own."""

from collections.abc import Sized


def placeholders(values: Sized) -> str:
    """For `IN (…)`: as many placeholders as there are values; nothing is in none of them, on either database."""
    return ", ".join(["{}"] * len(values)) or "NULL"
