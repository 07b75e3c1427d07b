"""Columns as this house spells them: nothing nullable, cascading or defaulted by accident.

Piccolo's own defaults (foreign keys that are null, cascade and carry no index; text that turns into '' unasked)
are wrong for us, so tables use these words instead.
"""

from typing import Any

from piccolo.columns import (
    JSON,
    BigInt,
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table


class Row:
    """Every table's key: a 64-bit integer that never leaves the house."""

    id = BigSerial(primary_key=True)


def words(limit: int) -> Varchar:
    return Varchar(length=limit, null=False, default=None)


def maybe_words(limit: int) -> Varchar:
    return Varchar(length=limit, null=True, default=None)


def prose() -> Text:
    return Text(null=False, default=None)


def maybe_prose() -> Text:
    return Text(null=True, default=None)


def whole(default: int | None = None) -> Integer:
    return Integer(null=False, default=default)


def maybe_whole() -> Integer:
    return Integer(null=True, default=None)


def big(default: int | None = None) -> BigInt:
    return BigInt(null=False, default=default)


def maybe_big() -> BigInt:
    return BigInt(null=True, default=None)


def flag(default: bool = False) -> Boolean:
    return Boolean(null=False, default=default)


def instant() -> Timestamptz:
    return Timestamptz(null=False, default=None)


def maybe_instant() -> Timestamptz:
    return Timestamptz(null=True, default=None)


def payload() -> JSON:
    """An opaque value, stored as JSON text; anything queried gets a column of its own."""
    return JSON(null=False, default="{}")


def fk(table: type[Table]) -> ForeignKey[Any]:
    return ForeignKey(references=table, null=False, default=None, on_delete=OnDelete.restrict, index=True)


def maybe_fk(table: type[Table]) -> ForeignKey[Any]:
    return ForeignKey(references=table, null=True, default=None, on_delete=OnDelete.restrict, index=True)
