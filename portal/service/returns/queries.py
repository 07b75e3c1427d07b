"""Returns for pages, programs and the rooms above. Call inside a door; an owner's own come by her store's id."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.returns.rules import Kind, Reason, Side
from portal.service.returns.states import OPEN, Course, State, Turn, turn_of, waits_for_goods
from portal.service.returns.tables import Return, ReturnLine, ReturnPhoto, ReturnStep

BEYOND = 2**62  # beyond every id: lists begin with the newest
EARLY = timedelta(days=15)  # a return within these days of delivery says something of the goods


@dataclass(frozen=True, slots=True)
class ReturnLineInfo:
    """What of an order's line a return is about; money in fen."""

    line_id: int
    line: str
    title: str
    quantity: int
    amount_fen: int
    outside_fen: int


@dataclass(frozen=True, slots=True)
class ReturnInfo:
    """A return with its order, its buyer's name (whole: whoever shows it masks it) and its lines."""

    id: int
    ref: str
    order_id: int
    order_number: str
    store_id: int
    owner_id: int
    owner_name: str
    vip_id: int
    vip: str
    vip_name: str
    kind: Kind
    reason: Reason
    at_fault: Side
    postage_by: Side
    amount_fen: int
    advance: bool
    state: State
    text: str
    filed_by: int
    filed_at: datetime
    mandate_ref: str | None
    requested_at: datetime | None
    due_at: datetime | None
    late_at: datetime | None
    ended_at: datetime | None
    changed_at: datetime
    refunded_fen: int
    refused_text: str | None
    back_carrier: str | None
    back_number: str | None
    new_carrier: str | None
    new_number: str | None
    lines: tuple[ReturnLineInfo, ...] = ()

    @property
    def course(self) -> Course:
        # Cancelling what was never paid is the one matter of money that asks for none.
        return Course(self.kind, self.advance, paid=self.kind is not Kind.CANCEL or self.amount_fen > 0)

    @property
    def turn(self) -> Turn:
        return turn_of(self.course, self.state)

    @property
    def waits_for_goods(self) -> bool:
        return waits_for_goods(self.course, self.state)

    @property
    def subject(self) -> str:
        """What it is called in needs, events and mandates."""
        return f"return:{self.ref}"

    @property
    def way(self) -> str:
        return f"/returns/{self.ref}"


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """A photo of the evidence; `ref` is its file's."""

    ref: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class StepInfo:
    """A state that a return came into; `by_name` where a person did it."""

    state: State
    at: datetime
    by_name: str | None
    note: str | None


_RETURN = (
    "SELECT r.id, r.ref, r.order_of AS order_id, o.number AS order_number,"
    " r.store AS store_id, s.owner AS owner_id, w.name AS owner_name, o.vip AS vip_id, v.external_id AS vip,"
    " v.name AS vip_name, r.kind, r.reason, r.at_fault, r.postage_by, r.amount_fen, r.advance, r.state, r.text,"
    " r.filed_by, r.filed_at, r.mandate_ref, r.requested_at, r.due_at, r.late_at, r.ended_at, r.changed_at,"
    " r.refunded_fen, r.refused_text, r.back_carrier, r.back_number, r.new_carrier, r.new_number"
    " FROM returns r JOIN orders o ON o.id = r.order_of JOIN vips v ON v.id = o.vip"
    " JOIN stores s ON s.id = r.store JOIN persons w ON w.id = s.owner"
)
_LINES = (
    "SELECT x.return_of, x.order_line AS line_id, l.line, l.title, x.quantity, x.amount_fen, x.outside_fen"
    " FROM return_lines x JOIN order_lines l ON l.id = x.order_line WHERE x.return_of IN ({places}) ORDER BY x.id"
)


def _info(row: dict[str, Any], lines: tuple[ReturnLineInfo, ...]) -> ReturnInfo:
    plain = dict(row)
    return ReturnInfo(
        kind=Kind(plain.pop("kind")),
        reason=Reason(plain.pop("reason")),
        at_fault=Side(plain.pop("at_fault")),
        postage_by=Side(plain.pop("postage_by")),
        state=State(plain.pop("state")),
        advance=bool(plain.pop("advance")),
        lines=lines,
        **plain,
    )


async def _with_lines(rows: list[dict[str, Any]]) -> list[ReturnInfo]:
    if not rows:
        return []
    places = placeholders(rows)
    found = await ReturnLine.raw(_LINES.replace("{places}", places), *(row["id"] for row in rows))
    lines: dict[int, list[ReturnLineInfo]] = {}
    for line in found:
        plain = dict(line)
        lines.setdefault(plain.pop("return_of"), []).append(ReturnLineInfo(**plain))
    return [_info(row, tuple(lines.get(row["id"], ()))) for row in rows]


async def _one(condition: str, *values: object) -> ReturnInfo | None:
    found = await _with_lines(await Return.raw(f"{_RETURN} WHERE {condition}", *values))
    return found[0] if found else None


async def by_id(return_id: int) -> ReturnInfo | None:
    return await _one("r.id = {}", return_id)


async def by_ref(ref: str) -> ReturnInfo | None:
    return await _one("r.ref = {}", ref)


async def of_store(store_id: int, ref: str) -> ReturnInfo | None:
    """The return if it is this store's; another store's is as unknown as one that never was."""
    return await _one("r.store = {} AND r.ref = {}", store_id, ref)


_OF_ORDER = f"{_RETURN} WHERE r.order_of = {{}} ORDER BY r.id DESC LIMIT {{}}"


async def of_order(order_id: int, limit: int = 20) -> list[ReturnInfo]:
    """The returns of an order, the newest first."""
    return await _with_lines(await Return.raw(_OF_ORDER, order_id, limit))


async def listed_of_order(order_id: int, limit: int = 20) -> list[ReturnInfo]:
    """The returns of an order as its page lists them: the newest first, without their lines."""
    return [_info(row, ()) for row in await Return.raw(_OF_ORDER, order_id, limit)]


async def returns(cut: Cut, store_id: int | None = None, which: str = "open") -> Page[ReturnInfo]:
    """Returns, the newest first: of one store or of all; `which` is open, late, or all."""
    where, values = ["r.id < {}"], [cut.after or BEYOND]
    if store_id is not None:
        where.append("r.store = {}")
        values.append(store_id)
    else:
        where.append(f"r.state <> '{State.DRAFT}'")
    if which in ("open", "late"):
        where.append("r.ended_at IS NULL")
    if which == "late":
        where.append("r.late_at IS NOT NULL")
    sql = f"{_RETURN} WHERE {' AND '.join(where)} ORDER BY r.id DESC LIMIT {{}}"
    found = await _with_lines(await Return.raw(sql, *values, cut.fetch))
    return paged(found, cut, lambda item: item.id)


async def photos(return_id: int) -> list[PhotoInfo]:
    rows = await ReturnPhoto.raw(
        "SELECT f.ref, f.sha256, f.size, f.media_type FROM return_photos p JOIN files f ON f.id = p.file"
        " WHERE p.return_of = {} ORDER BY p.id",
        return_id,
    )
    return [PhotoInfo(**row) for row in rows]


async def steps(return_id: int) -> list[StepInfo]:
    """What it came through, the latest first."""
    rows = await ReturnStep.raw(
        "SELECT s.state, s.at, p.name AS by_name, s.note FROM return_steps s LEFT JOIN persons p ON p.id = s.by_person"
        " WHERE s.return_of = {} ORDER BY s.id DESC LIMIT 50",
        return_id,
    )
    return [StepInfo(State(row["state"]), row["at"], row["by_name"], row["note"]) for row in rows]


# ---- for the rooms above ----


def states_in(states: Collection[State]) -> str:
    """The states as a list in SQL."""
    return ", ".join(f"'{state}'" for state in sorted(states))


_OF_LINES = "SELECT DISTINCT x.order_line FROM return_lines x JOIN returns r ON r.id = x.return_of WHERE"
_OPEN_LINES = f"{_OF_LINES} r.state IN ({states_in(OPEN)})"
_OF_PRODUCTS = (
    "SELECT DISTINCT l.id, r.requested_at, o.delivered_at FROM returns r JOIN return_lines x ON x.return_of = r.id"
    " JOIN order_lines l ON l.id = x.order_line JOIN orders o ON o.id = l.order_of WHERE r.requested_at IS NOT NULL"
)
_UNDONE = states_in({State.REFUSED, State.WITHDRAWN})
_EARLY = f"{_OF_PRODUCTS} AND r.state NOT IN ({_UNDONE}) AND r.kind <> '{Kind.CANCEL}'"


async def open_for_lines(line_ids: Collection[int]) -> set[int]:
    """Those of these order lines that a return holds which still runs: their earnings wait."""
    if not line_ids:
        return set()
    places = placeholders(line_ids)
    rows = await ReturnLine.raw(f"{_OPEN_LINES} AND x.order_line IN ({places})", *line_ids)
    return {row["order_line"] for row in rows}


async def early_returns(product_id: int, since: datetime) -> tuple[int, int]:
    """Lines of a product delivered since then: how many came back or were complained of early, and how many in all.

    Counted is a line with a return that the buyer agreed to within 15 days of delivery, whatever came of it, refused
    and withdrawn ones left out.
    """
    delivered = await Return.raw(
        "SELECT count(*) AS n FROM order_lines l JOIN orders o ON o.id = l.order_of"
        " WHERE l.product = {} AND l.removed_at IS NULL AND o.delivered_at >= {}",
        product_id,
        since,
    )
    rows = await Return.raw(f"{_EARLY} AND l.product = {{}} AND o.delivered_at >= {{}}", product_id, since)
    early = {row["id"] for row in rows if row["requested_at"] <= row["delivered_at"] + EARLY}
    return len(early), int(delivered[0]["n"])
