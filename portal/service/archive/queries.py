"""Finding complaints by words and by what is known of them. Call inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import search
from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.archive.rules import Candidate, most_alike, rarest
from portal.service.complaints import queries as complaints
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.wording import SEARCHED

BEYOND = 2**62
NEAR = 300  # the newest that are looked through by hand: what is said often is among them
SAME_FAMILY, OF_A_WORD = 300, 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; None or blank: whatever it is. `clock`: kept or broken. `since`, `until`: of receipt."""

    query: str = ""
    state: str = ""
    function: str = ""
    goods: str = ""
    supplier: str = ""
    carrier: str = ""
    agent: int | None = None
    channel: str = ""
    outcome: str = ""
    round: int | None = None
    clock: str = ""
    party: str = ""
    since: datetime | None = None
    until: datetime | None = None


_SUPPLIER = "(SELECT s.id FROM suppliers s WHERE s.external_id = {})"
_PLAIN = (
    ("state", "c.state = {}"),
    ("function", "c.function_category = {}"),
    ("goods", "c.product_category = {}"),
    ("supplier", f"c.supplier = {_SUPPLIER}"),
    ("carrier", f"c.carrier = {_SUPPLIER}"),
    ("agent", "c.agent = {}"),
    ("channel", "c.channel = {}"),
    ("outcome", "c.outcome = {}"),
    ("round", "c.round = {}"),
    ("since", "c.received_at >= {}"),
    ("until", "c.received_at < {}"),
    (
        "party",
        (
            "EXISTS (SELECT 1 FROM cause_findings f WHERE f.complaint = coalesce(c.duplicate_of, c.id)"
            " AND f.superseded_at IS NULL AND f.party = {})"
        ),
    ),
)
_BROKEN = (
    "c.id {}IN (SELECT k.complaint FROM complaint_clocks k WHERE k.stopped_at > k.due_at"
    " UNION ALL SELECT k.complaint FROM complaint_clocks k WHERE k.stopped_at IS NULL AND k.due_at < {})"
)


def condition(wanted: Wanted, at: datetime) -> tuple[list[str], list[Any]]:
    """Everything but the words, as a condition on `c` with its values."""
    where: list[str] = []
    values: list[Any] = []
    for name, sql in _PLAIN:
        value = getattr(wanted, name)
        if value:
            where.append(sql)
            values.append(value)
    if wanted.clock:
        where.append(_BROKEN.replace("{}", "" if wanted.clock == "broken" else "NOT ", 1))
        values.append(at)
    return where, values


async def found(wanted: Wanted, cut: Cut, at: datetime) -> Page[ComplaintInfo]:
    """The newest first. Words that many hold are found among the newest, others by the index: both are quick."""
    where, values = condition(wanted, at)
    where.append("c.id < {}")
    values.append(cut.after or BEYOND)
    match = search.matching(SEARCHED, wanted.query)
    if match is not None:
        near = await _near(where, values, wanted.query)
        if len(near) >= cut.fetch:
            return paged(await complaints.by_ids(near[: cut.fetch]), cut, lambda one: one.id)
        where.append(f"c.id IN {match.sql}")
        values.append(match.arg)
    sql = f"{' AND '.join(where)} ORDER BY c.id DESC LIMIT {{}}"
    return paged(await complaints.listed(sql, *values, cut.fetch), cut, lambda one: one.id)


async def _near(where: list[str], values: list[Any], query: str) -> list[int]:
    """Those of the newest that hold the words, the newest first."""
    rows = await complaints.rows(
        f"SELECT c.id FROM complaints c WHERE {' AND '.join(where)} ORDER BY c.id DESC LIMIT {{}}",  # noqa: S608
        *values,
        NEAR,
    )
    ids = [int(row["id"]) for row in rows]
    held = await search.tokens_of(SEARCHED, ids)
    return [each for each in ids if search.holds(query, held.get(each, ()))]


async def agents() -> list[tuple[int, str]]:
    """Who works, or worked, at the desk."""
    rows = await complaints.rows(
        "SELECT p.id, p.name FROM persons p WHERE p.id IN (SELECT g.person FROM roles g"
        " WHERE g.role IN ('agent', 'desk_lead')) ORDER BY p.name LIMIT 300"
    )
    return [(row["id"], row["name"]) for row in rows]


# ---- how they ended ----


@dataclass(frozen=True, slots=True)
class Offer:
    """What was proposed, money in fen."""

    complaint_id: int
    round: int
    kind: str
    amount_fen: int
    value_fen: int
    state: str


async def offers_of(ids: Collection[int]) -> dict[int, list[Offer]]:
    """What was proposed about these complaints, the first first."""
    found: dict[int, list[Offer]] = {}
    if ids:
        rows = await complaints.rows(
            "SELECT complaint AS complaint_id, round, kind, amount_fen, value_fen, state"  # noqa: S608 - places only
            f" FROM compensation_proposals WHERE complaint IN ({placeholders(ids)}) ORDER BY id",
            *ids,
        )
        for row in rows:
            found.setdefault(row["complaint_id"], []).append(Offer(**row))
    return found


# ---- alike ----

_PAST = "c.ended_at IS NOT NULL AND c.state IN ('resolved', 'closed')"


async def alike(info: ComplaintInfo) -> list[ComplaintInfo]:
    """The three past complaints most like this one, in five queries."""
    rows = await complaints.rows(
        f"SELECT c.id, c.function_category FROM complaints c WHERE c.family = {{}} AND {_PAST} AND c.id <> {{}}"  # noqa: S608
        " ORDER BY c.id DESC LIMIT {}",
        str(info.family),
        info.id,
        SAME_FAMILY,
    )
    functions = {int(row["id"]): str(row["function_category"]) for row in rows}
    held = await search.tokens_of(SEARCHED, [info.id, *functions])
    # The story alone: what was said later is about how it is handled.
    own = search.tokens(info.text)
    known = [_candidate(each, function, held) for each, function in functions.items()]
    more = await _by_words(rarest(own, known), info.id)
    more = {each: function for each, function in more.items() if each not in functions}
    held = await search.tokens_of(SEARCHED, list(more))
    known += [_candidate(each, function, held) for each, function in more.items()]
    return await complaints.by_ids(most_alike(own, str(info.function), known))


def _candidate(complaint_id: int, function: str, held: dict[int, list[str]]) -> Candidate:
    return Candidate(complaint_id, function, frozenset(held.get(complaint_id, ())))


async def _by_words(words: Collection[str], but: int) -> dict[int, str]:
    """Past complaints that hold one of these words, some of each."""
    parts, values = [], []
    for word in words:
        match = search.matching(SEARCHED, word)
        if match is not None:
            parts.append(
                f"SELECT * FROM (SELECT c.id, c.function_category FROM complaints c WHERE {_PAST} AND c.id <> {{}}"  # noqa: S608
                f" AND c.id IN {match.sql} ORDER BY c.id DESC LIMIT {OF_A_WORD}) AS part"
            )
            values += [but, match.arg]
    if not parts:
        return {}
    rows = await complaints.rows(" UNION ".join(parts), *values)
    return {int(row["id"]): str(row["function_category"]) for row in rows}
