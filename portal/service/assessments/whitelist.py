"""The white list: looked at once a month, joined and left by the decision of two; what it brings is recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import hold, placeholders, reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.sweeping import each
from portal.core.supply import standings
from portal.core.supply.rules import Standing
from portal.service.assessments import counting, deciding, queries, telling, versions
from portal.service.assessments.criteria import Criteria
from portal.service.assessments.queries import Firm
from portal.service.assessments.rules import WhiteFacts, WhiteLine, WhiteNo, white_lines, white_nos, window
from portal.service.assessments.states import Wish
from portal.service.assessments.tables import AssessedParty, Incentive, NewSlot, SlotClaim, WhiteMonth

SLOTS = "/admin/product-slots"


async def facts_of(firm: Firm, criteria: Criteria, at: datetime) -> WhiteFacts:
    """What the list looks at, as of yesterday. Inside a door."""
    day = local(at).date() - timedelta(days=1)
    known = await queries.party(firm.id)
    days = window(day, criteria.window_days, known.from_day if known else None)
    first, until = await counting.first_day(firm.id), await standings.cleared_until(firm.id)
    age = (day - first).days + 1 if first else 0
    return WhiteFacts(await counting.sums(firm.id, *days), age, until is not None and until > at)


async def nos_of(firm: Firm, at: datetime) -> tuple[WhiteNo, ...]:
    """Why a party is not for the white list now. Inside a door."""
    criteria = (await versions.in_force(at)).criteria
    return white_nos(await facts_of(firm, criteria, at), firm.kind, criteria)


# As what a party may come to the list, or is on it; the others have something to mend first.
CONSIDERED = (Standing.GOOD, Standing.WATCH, Standing.WHITE)


async def lines_shown(firm: Firm, standing: Standing, at: datetime) -> tuple[WhiteLine, ...]:
    """What the list asks for beside what the party has; nothing where it is not looked at as it stands."""
    return await lines_of(firm, at) if standing in CONSIDERED else ()


async def lines_of(firm: Firm, at: datetime) -> tuple[WhiteLine, ...]:
    """Each criterion of the list beside what this party has. Inside a door."""
    criteria = (await versions.in_force(at)).criteria
    return white_lines(await facts_of(firm, criteria, at), firm.kind, criteria)


_CANDIDATES = (
    "SELECT a.party FROM assessed_parties a LEFT JOIN supplier_standings n ON n.supplier = a.party AND n.until IS NULL"
    " WHERE n.standing = 'white' OR (coalesce(n.standing, 'good') = 'good' AND a.counted >= {}) ORDER BY a.party"
)


async def look(at: datetime) -> int:
    """Raise what this month asks for, once; returns how many proposals that were."""
    month = f"{local(at):%Y-%m}"
    async with reading():
        if await WhiteMonth.raw("SELECT id FROM white_months WHERE month = {}", month):
            return 0
        least = (await versions.in_force(at)).criteria.white_from
        ids = [int(row["party"]) for row in await AssessedParty.raw(_CANDIDATES, least)]

    async def look_at(party_id: int) -> int:
        async with writing():
            return await _look(party_id, at)

    raised = await each(ids, look_at)
    async with writing():
        await WhiteMonth.raw(
            "INSERT INTO white_months (month, raised, at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            month,
            raised,
            at,
        )
    return raised


async def _look(party_id: int, at: datetime) -> bool:
    await hold("suppliers", party_id)
    firm, standing = await queries.firm(party_id), await standings.standing_of(party_id)
    nos = await nos_of(firm, at)
    if standing is Standing.GOOD and not nos:
        return await deciding.raise_proposal(firm, Wish.WHITE, {}, at)
    if standing is Standing.WHITE and nos:
        return await deciding.raise_proposal(firm, Wish.UNWHITE, {"nos": [str(no) for no in nos]}, at)
    return False


# ---- places for new products ----


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """A place for a new product; until `white_until` only the white list may ask for it."""

    id: int
    ref: str
    title: str
    text: str | None
    white_until: datetime
    until: datetime
    made_at: datetime
    given_to: int | None
    given_name: str | None
    given_at: datetime | None

    def open_to(self, standing: Standing, at: datetime) -> bool:
        if self.given_to is not None or at >= self.until or standing in (Standing.BLACKLISTED, Standing.RECTIFYING):
            return False
        return standing is Standing.WHITE or at >= self.white_until


@dataclass(frozen=True, slots=True)
class ClaimInfo:
    """Who asks for a place, in which order; `first`: from the white list, in its time."""

    slot_id: int
    party_id: int
    external_id: str
    name: str
    text: str
    first: bool
    at: datetime


_SLOT = (
    "SELECT o.id, o.ref, o.title, o.text, o.white_until, o.until, o.made_at, o.given_to, s.name AS given_name,"
    " o.given_at FROM product_slots o LEFT JOIN suppliers s ON s.id = o.given_to"
)
_CLAIM = (
    "SELECT c.slot AS slot_id, c.party AS party_id, s.external_id, s.name, c.text, c.first, c.at"
    " FROM product_slot_claims c JOIN suppliers s ON s.id = c.party"
)


async def slots(limit: int = 30) -> list[SlotInfo]:
    """The places, the newest first. Inside a door."""
    return [SlotInfo(**row) for row in await NewSlot.raw(f"{_SLOT} ORDER BY o.id DESC LIMIT {{}}", limit)]


async def slot(ref: str) -> SlotInfo:
    """Raises NotFound. Inside a door."""
    rows = await NewSlot.raw(f"{_SLOT} WHERE o.ref = {{}}", ref[:40])
    if not rows:
        raise NotFound
    return SlotInfo(**rows[0])


async def claims(slot_ids: list[int]) -> list[ClaimInfo]:
    """Who asks for these places: the white list's first, then in the order in which they asked. Inside a door."""
    if not slot_ids:
        return []
    places = placeholders(slot_ids)
    sql = f"{_CLAIM} WHERE c.slot IN ({places}) ORDER BY c.first DESC, c.id LIMIT 500"
    rows = await SlotClaim.raw(sql, *slot_ids)
    return [ClaimInfo(**{**row, "first": bool(row["first"])}) for row in rows]


async def announce(
    actor: Actor, person_id: int, title: str, text: str | None, white_until: datetime, until: datetime, at: datetime
) -> str:
    """Offer a place: the white list hears of it at once. Returns its ref. Raises Refused `slot_times` (422)."""
    if not at < white_until < until:
        raise Refused("slot_times", field="until", status=422)
    async with writing():
        ref = new_ref()
        row = NewSlot(
            ref=ref, title=title, text=text, white_until=white_until, until=until, made_by=person_id, made_at=at
        )
        made = await NewSlot.insert(row)
        await audit.record(actor, "slot.announced", ("product_slot", int(made[0]["id"])), at)
        found = await AssessedParty.raw(
            "SELECT supplier FROM supplier_standings WHERE until IS NULL AND standing = 'white' ORDER BY supplier"
        )
        for each in found:
            firm = await queries.firm(int(each["supplier"]))
            await telling.mail(firm, "slot", at, title=title, white_at=white_until, until_at=until)
        return ref


async def claim(actor: Actor, party_id: int, ref: str, text: str, at: datetime) -> None:
    """Ask for a place. Raises NotFound; Refused `slot_closed`, `slot_claimed` (409)."""
    async with writing():
        found, standing = await slot(ref), await standings.standing_of(party_id)
        if not found.open_to(standing, at):
            raise Refused("slot_closed")
        rows = await SlotClaim.raw(
            "INSERT INTO product_slot_claims (slot, party, text, first, at) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            found.id,
            party_id,
            text,
            standing is Standing.WHITE and at < found.white_until,
            at,
        )
        if not rows:
            raise Refused("slot_claimed")
        await audit.record(actor, "slot.claimed", ("product_slot", found.id), at, {"party": party_id})


async def give(actor: Actor, person_id: int, ref: str, party_id: int, at: datetime) -> None:
    """Give the place to one who asked; where the white list asked in its time, to one of these.

    Raises NotFound; Refused `slot_given`, `slot_first`, `slot_waits` (409).
    """
    async with writing():
        found = await slot(ref)
        await hold("product_slots", found.id)
        asked = await claims([found.id])
        wanted = next((each for each in asked if each.party_id == party_id), None)
        if wanted is None:
            raise NotFound
        if at < found.white_until:
            raise Refused("slot_waits", {"until_at": found.white_until}, way=SLOTS)
        if not wanted.first and any(each.first for each in asked):
            raise Refused("slot_first", way=SLOTS)
        rows = (
            await NewSlot.update({NewSlot.given_to: party_id, NewSlot.given_by: person_id, NewSlot.given_at: at})
            .where(NewSlot.id == found.id, NewSlot.given_to.is_null())
            .returning(NewSlot.id)
        )
        if not rows:
            raise Refused("slot_given", way=SLOTS)
        await audit.record(actor, "slot.given", ("product_slot", found.id), at, {"party": party_id})
        await telling.mail(await queries.firm(party_id), "slot_given", at, title=found.title)


# ---- incentives ----


async def reward(actor: Actor, person_id: int, firm: Firm, what: str, at: datetime) -> None:
    """Record what a party on the white list was given. Raises Refused `incentive_not_white`, `incentive_twice`."""
    way = telling.party_way(firm.external_id)
    async with writing():
        if await standings.standing_of(firm.id) is not Standing.WHITE:
            raise Refused("incentive_not_white", way=way)
        rows = await Incentive.raw(
            "INSERT INTO incentives (party, what, month, given_by, at) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            firm.id,
            what,
            f"{local(at):%Y-%m}",
            person_id,
            at,
        )
        if not rows:
            raise Refused("incentive_twice", way=way)
        await audit.record(actor, "incentive.given", ("incentive", int(rows[0]["id"])), at, {"party": firm.id})


@dataclass(frozen=True, slots=True)
class Given:
    """An incentive as it was recorded."""

    what: str
    month: str
    given_by: str
    at: datetime


async def incentives_of(party_id: int) -> list[Given]:
    """Inside a door."""
    rows = await Incentive.raw(
        "SELECT i.what, i.month, p.name AS given_by, i.at FROM incentives i JOIN persons p ON p.id = i.given_by"
        " WHERE i.party = {} ORDER BY i.id DESC LIMIT 50",
        party_id,
    )
    return [Given(**row) for row in rows]
