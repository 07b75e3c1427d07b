"""The stock of voucher codes: taken in from the shop's list, each given once."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.money import LARGEST_FEN
from portal.core.base.refusals import Refused
from portal.core.stores.rules import fen_of
from portal.service.compensations.tables import VoucherCode

MOST_LINES = 5000
MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Code:
    """A code and what it is worth, in fen."""

    code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not taken, and why: `code`, `amount`, `twice`."""

    line: int
    why: str


def read_codes(text: str) -> tuple[list[Code], list[BadLine]]:
    """A list of `code,amount in yuan`, a heading is passed over. Raises Refused (422): `vouchers_many`."""
    codes: list[Code] = []
    bad: list[BadLine] = []
    seen: set[str] = set()
    for number, row in enumerate(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and fen_of(cells[-1]) is None):
            continue
        if number > MOST_LINES + 1:
            raise Refused("vouchers_many", {"most": MOST_LINES}, field="codes", status=422)
        fen = fen_of(cells[1]) if len(cells) > 1 else None
        why = _why(cells[0], fen, seen)
        if why is not None or fen is None:
            bad.append(BadLine(number, why or "amount"))
            continue
        seen.add(cells[0])
        codes.append(Code(cells[0], fen))
    return codes, bad


def _why(code: str, fen: int | None, seen: set[str]) -> str | None:
    if not 4 <= len(code) <= 80 or not code.isprintable() or " " in code:
        return "code"
    if fen is None or not 0 < fen <= LARGEST_FEN:
        return "amount"
    return "twice" if code in seen else None


async def take_in(
    actor: Actor, person_id: int, codes: Sequence[Code], expires_at: datetime | None, at: datetime
) -> int:
    """Keep new codes; those that are there already are left as they are. Returns how many are new."""
    new = 0
    async with writing():
        for each in codes:
            rows = await VoucherCode.raw(
                "INSERT INTO compensation_vouchers (code, amount_fen, expires_at, added_at, added_by)"
                " VALUES ({}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
                each.code,
                each.amount_fen,
                expires_at,
                at,
                person_id,
            )
            new += len(rows)
        await audit.record(actor, "compensation.vouchers_added", ("person", person_id), at, {"codes": new})
    return new


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is of one sum: free to be given, given, and expired before they were."""

    amount_fen: int
    free: int
    given: int
    expired: int


async def stock(at: datetime) -> list[Stock]:
    """By sum, the smallest first. Inside a door."""
    rows = await VoucherCode.raw(
        "SELECT amount_fen, sum(CASE WHEN grant_of IS NOT NULL THEN 1 ELSE 0 END) AS given,"
        " sum(CASE WHEN grant_of IS NULL AND expires_at <= {} THEN 1 ELSE 0 END) AS expired, count(*) AS n"
        " FROM compensation_vouchers GROUP BY amount_fen ORDER BY amount_fen LIMIT 100",
        at,
    )
    return [
        Stock(row["amount_fen"], row["n"] - row["given"] - row["expired"], row["given"], row["expired"]) for row in rows
    ]
