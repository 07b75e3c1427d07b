"""One row for each complaint, with everything that followed from it, in parts by key."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import search
from portal.core.base.clock import local
from portal.core.base.database import placeholders, reading
from portal.core.web.format import masked_name
from portal.core.web.i18n import t
from portal.core.web.sheets import Cell, Rows, money
from portal.service.archive import queries
from portal.service.archive.queries import Offer, Wanted
from portal.service.causes import queries as causes
from portal.service.causes.queries import FindingInfo
from portal.service.causes.rules import CAUSES, Party
from portal.service.compensations.rules import Kind
from portal.service.compensations.rules import State as OfferState
from portal.service.complaints import queries as complaints
from portal.service.complaints.clocks import Clock, Name
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import REOPENINGS, Channel, FiledBy, Function, State, Urgency
from portal.service.complaints.rules import Wanted as Wish
from portal.service.complaints.wording import SEARCHED

BATCH = 400
BEFORE = (
    "ref",
    "received",
    "state",
    "round",
    "outcome",
    "goods",
    "function",
    "wanted",
    "urgency",
    "channel",
    "filed_by",
    "order",
    "product",
    "supplier",
    "carrier",
    "region",
    "store",
    "buyer",
    "agent",
    "hands",
    "asked_again",
    "repeats",
    "first_reply",
    "ended",
    "closed",
)
OF_CLOCK = ("due", "stopped", "in_time")
AFTER = ["proposals", "granted", "paid", "party", "cause", "satisfaction", "effort"]


@dataclass(frozen=True, slots=True)
class Words:
    """Every text of the sheet in the reader's language: a long answer outlives the page that began it."""

    heads: tuple[str, ...]
    said: dict[str, str]
    rounds: range

    def of(self, kind: str, value: object) -> str | None:
        return self.said.get(f"{kind}.{value}", str(value)) if value is not None else None


async def last_round() -> int:
    """The highest round that any complaint has come to, or may come to. Inside a door."""
    rows = await complaints.rows("SELECT max(round) AS n FROM complaints")
    return max(int(rows[0]["n"] or 1), 1 + REOPENINGS)


def words(last: int = 1 + REOPENINGS) -> Words:
    """Taken once, while the reader's language is known; `last`: the round to which the columns go."""
    rounds = range(1, last + 1)
    clocks = [
        t("archive.column.clock", name=t(f"complaints.clock.{name}"), what=t(f"archive.clock.{what}"), round=number)
        for number in rounds
        for name in Name
        for what in OF_CLOCK
    ]
    heads = [*(t(f"archive.column.{name}") for name in BEFORE), *clocks]
    heads += [t(f"archive.column.{name}") for name in AFTER]
    kinds: dict[str, tuple[str, Iterable[str]]] = {
        "state": ("complaints.state", State),
        "function": ("complaints.function", Function),
        "wanted": ("complaints.wanted", Wish),
        "urgency": ("complaints.urgency", Urgency),
        "channel": ("complaints.channel", Channel),
        "filed_by": ("complaints.filed_by", FiledBy),
        "outcome": ("complaints.outcome", ("compensated", "settled", "withdrawn")),
        "kind": ("compensations.kind", Kind),
        "party": ("causes.party", Party),
        "code": ("causes.code", CAUSES),
    }
    said = {f"{name}.{value}": t(f"{key}.{value}") for name, (key, values) in kinds.items() for value in values}
    said |= {f"kept.{value}": t(f"archive.kept.{value}") for value in ("yes", "no")}
    said |= {f"offer.{value}": t(f"archive.offer.{value}") for value in OfferState}
    return Words(tuple(heads), said, rounds)


async def parts(wanted: Wanted, at: datetime, text: Words) -> AsyncIterator[Rows]:
    """The head, then the complaints, the first first; each part is a snapshot of its own."""
    yield [list(text.heads)]
    after: int | None = 0
    while after is not None:
        rows, after = await part(wanted, at, text, after)
        if rows:
            yield rows


async def part(wanted: Wanted, at: datetime, text: Words, after: int) -> tuple[Rows, int | None]:
    """The rows after this complaint, and the last of them where more may follow. Opens its own door."""
    where, values = queries.condition(wanted, at)
    match = search.matching(SEARCHED, wanted.query)
    if match is not None:
        where.append(f"c.id IN {match.sql}")
        values.append(match.arg)
    async with reading(long=True):
        sql = " AND ".join([*where, "c.id > {}"])
        infos = await complaints.listed(f"{sql} ORDER BY c.id LIMIT {{}}", *values, after, BATCH)
        rows = await _rows(infos, at, text) if infos else []
    return rows, infos[-1].id if len(infos) == BATCH else None


@dataclass(frozen=True, slots=True)
class _More:
    """What belongs to a part's complaints, by id."""

    names: dict[tuple[str, int], str]
    clocks: dict[int, dict[tuple[int, str], Clock]]
    counts: dict[int, tuple[int, int]]  # hands, asked again
    offers: dict[int, list[Offer]]
    grants: dict[int, tuple[int, int]]  # granted, paid, in fen
    findings: dict[int, FindingInfo]
    surveys: dict[int, tuple[int, int]]
    repeats: dict[int, str]


async def _rows(infos: Sequence[ComplaintInfo], at: datetime, text: Words) -> Rows:
    ids = [info.id for info in infos]
    more = _More(
        names=await _names(infos),
        clocks=await _clocks(ids),
        counts=await _counts(ids),
        offers=await queries.offers_of(ids),
        grants=await _grants(ids),
        findings=await causes.findings_of_many({causes.root_of(info) for info in infos}),
        surveys=await _surveys(ids),
        repeats=await _refs({info.duplicate_of for info in infos if info.duplicate_of}),
    )
    return [
        [*_before(info, more, text), *_of_clocks(info, more, at, text), *_after(info, more, text)] for info in infos
    ]


def _moment(value: datetime | None) -> str | None:
    return f"{local(value):%Y-%m-%d %H:%M}" if value is not None else None


def _before(info: ComplaintInfo, more: _More, text: Words) -> list[Cell]:
    hands, again = more.counts.get(info.id, (0, 0))
    return [
        info.ref,
        _moment(info.received_at),
        text.of("state", info.state),
        info.round,
        text.of("outcome", info.outcome),
        info.product_category,
        text.of("function", info.function),
        text.of("wanted", info.wanted),
        text.of("urgency", info.urgency),
        text.of("channel", info.channel),
        text.of("filed_by", info.filed_by),
        info.order_number,
        more.names.get(("product", info.product_id or 0)),
        more.names.get(("supplier", info.supplier_id or 0)),
        more.names.get(("supplier", info.carrier_id or 0)),
        info.region,
        info.store_name,
        masked_name(info.vip_name),
        info.agent_name,
        hands,
        again,
        more.repeats.get(info.duplicate_of or 0),
        _moment(info.first_reply_at),
        _moment(info.ended_at),
        _moment(info.closed_at),
    ]


def _of_clocks(info: ComplaintInfo, more: _More, at: datetime, text: Words) -> list[Cell]:
    cells: list[Cell] = []
    for number in text.rounds:
        for name in Name:
            clock = more.clocks.get(info.id, {}).get((number, name))
            kept = clock.kept(at) if clock else None
            cells += [_moment(clock.due_at), _moment(clock.stopped_at)] if clock else [None, None]
            cells.append(text.of("kept", "yes" if kept else "no") if kept is not None else None)
    return cells


def _after(info: ComplaintInfo, more: _More, text: Words) -> list[Cell]:
    finding = more.findings.get(causes.root_of(info))
    granted, paid = more.grants.get(info.id, (0, 0))
    satisfaction, effort = more.surveys.get(info.id, (None, None))
    return [
        "; ".join(_offer(one, text) for one in more.offers.get(info.id, [])),
        money(granted),
        money(paid),
        text.of("party", finding.party) if finding else None,
        text.of("code", finding.code) if finding else None,
        satisfaction,
        effort,
    ]


def _offer(one: Offer, text: Words) -> str:
    told = [
        text.of("kind", one.kind),
        str(money(one.amount_fen)) if one.amount_fen else None,
        text.of("offer", one.state),
    ]
    return " ".join(word for word in told if word)


async def _by(sql: str, ids: Collection[int]) -> list[dict[str, Any]]:
    """Rows of these complaints; the places stand at `IN ()`."""
    if not ids:
        return []
    return await complaints.rows(sql.replace("IN ()", f"IN ({placeholders(ids)})"), *ids)


async def _names(infos: Sequence[ComplaintInfo]) -> dict[tuple[str, int], str]:
    goods = {info.product_id for info in infos if info.product_id}
    traders = {one for info in infos for one in (info.supplier_id, info.carrier_id) if one}
    found = {
        ("product", row["id"]): row["title"]
        for row in await _by("SELECT id, title FROM products WHERE id IN ()", goods)
    }
    rows = await _by("SELECT id, name FROM suppliers WHERE id IN ()", traders)
    return found | {("supplier", row["id"]): row["name"] for row in rows}


async def _clocks(ids: Collection[int]) -> dict[int, dict[tuple[int, str], Clock]]:
    found: dict[int, dict[tuple[int, str], Clock]] = {}
    rows = await _by(
        "SELECT complaint, round, name, started_at, due_at, stopped_at FROM complaint_clocks WHERE complaint IN ()", ids
    )
    for row in rows:
        clock = Clock(Name(row["name"]), row["started_at"], row["due_at"], row["stopped_at"])
        found.setdefault(row["complaint"], {})[row["round"], row["name"]] = clock
    return found


async def _counts(ids: Collection[int]) -> dict[int, tuple[int, int]]:
    rows = await _by(
        "SELECT c.id AS complaint, (SELECT count(*) FROM complaint_agents i WHERE i.complaint = c.id) AS hands,"
        " (SELECT count(t.told_before_at) FROM complaint_turns t WHERE t.complaint = c.id) AS again"
        " FROM complaints c WHERE c.id IN ()",
        ids,
    )
    return {row["complaint"]: (int(row["hands"]), int(row["again"])) for row in rows}


async def _grants(ids: Collection[int]) -> dict[int, tuple[int, int]]:
    rows = await _by(
        "SELECT complaint, sum(CASE WHEN state <> 'off' THEN amount_fen ELSE 0 END) AS granted,"
        " sum(CASE WHEN state = 'paid' THEN amount_fen ELSE 0 END) AS paid"
        " FROM compensation_grants WHERE complaint IN () GROUP BY complaint",
        ids,
    )
    return {row["complaint"]: (int(row["granted"]), int(row["paid"])) for row in rows}


async def _surveys(ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """The marks of the last round."""
    rows = await _by(
        "SELECT complaint, satisfaction, effort FROM complaint_surveys WHERE complaint IN () ORDER BY round", ids
    )
    return {row["complaint"]: (row["satisfaction"], row["effort"]) for row in rows}


async def _refs(ids: Collection[int]) -> dict[int, str]:
    return {row["id"]: row["ref"] for row in await _by("SELECT id, ref FROM complaints WHERE id IN ()", ids)}
