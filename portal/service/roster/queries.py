"""The desk's people as routing and pages ask for them. Call inside a door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.service.roster import rules
from portal.service.roster.rules import Held, Level, Licence, Rule, Said, State
from portal.service.roster.tables import Agent

GRACE_SETTING = "desk.grace_until"


@dataclass(frozen=True, slots=True)
class AgentState:
    """An agent at an instant. Empty sets mean every product, every function. `deputy_id` stands in for her now.

    `certified`: she may take complaints, by certificate or published grace (`licence` says which); `present`: she says
    so, on her shift, and was seen; `away`: on leave.
    """

    person_id: int
    name: str
    level: Level
    products: frozenset[str]
    functions: frozenset[str]
    languages: frozenset[str]
    capacity: int
    present: bool
    paused: str | None
    on_shift: bool
    certified: bool
    away: bool
    deputy_id: int | None
    licence: Licence
    shift_ends_at: datetime | None


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


# ---- the certificate ----

_RULE = (
    "SELECT (SELECT value FROM site_settings WHERE name = {}) AS published, (SELECT min(v.published_at)"
    " FROM curriculum_versions v JOIN curricula u ON u.id = v.curriculum WHERE u.purpose = 'agent') AS since"
)
_HELD = (
    "SELECT r.granted_at, r.certified_until, p.disabled_at, p.erased_at FROM roles r JOIN persons p ON p.id = r.person"
    " WHERE r.person = {} AND r.ended_at IS NULL AND r.role IN ('agent', 'desk_lead')"
)


async def rule() -> Rule:
    """Since when agents must hold the certificate, and the grace that admins published."""
    row = (await Agent.raw(_RULE, GRACE_SETTING))[0]
    return Rule(_moment(row["since"]), _moment(row["published"] or None))


async def may_take(person_id: int, at: datetime) -> Licence:
    """Whether she may take complaints at this instant, and why; true where she may."""
    return rules.licence(await held_now(person_id), await rule(), at)


async def held_now(person_id: int) -> Held:
    """What her running desk roles say."""
    return held(await Agent.raw(_HELD, person_id))


def held(rows: list[dict[str, Any]]) -> Held:
    """What a person's running desk roles say: the earliest begins, the latest certificate counts."""
    if not rows:
        return Held(None, None)
    certified = [row["certified_until"] for row in rows if row["certified_until"] is not None]
    closed = rows[0]["disabled_at"] is not None or rows[0]["erased_at"] is not None
    return Held(min(row["granted_at"] for row in rows), max(certified, default=None), closed)


# ---- everybody at the desk, in three queries ----

_PEOPLE = (
    "SELECT p.id, p.name, p.disabled_at, p.erased_at, r.role, r.granted_at, r.certified_until, a.level, a.products,"
    " a.functions, a.languages, a.capacity, n.state, n.reason, n.since, x.ends_at AS until, x.cancelled_at,"
    " CASE WHEN n.id IS NULL THEN NULL ELSE (SELECT max(s.last_seen_at) FROM sign_ins s WHERE s.person = p.id) END"
    " AS seen_at"
    " FROM roles r JOIN persons p ON p.id = r.person AND p.disabled_at IS NULL AND p.erased_at IS NULL"
    " LEFT JOIN desk_agents a ON a.person = p.id"
    " LEFT JOIN desk_presences n ON n.person = p.id AND n.ended_at IS NULL LEFT JOIN desk_shifts x ON x.id = n.shift"
    " WHERE r.ended_at IS NULL AND r.role IN ('agent', 'desk_lead') ORDER BY p.id, r.id"
)
# Of each person the shift that began last (running, or over for a while), and the leave that runs.
_WHEN = (
    "SELECT 'shift' AS what, s.person, s.deputy, s.starts_at, s.ends_at FROM desk_shifts s"
    " WHERE s.cancelled_at IS NULL AND s.starts_at <= {} AND s.ends_at > {} AND NOT EXISTS (SELECT 1 FROM desk_shifts l"
    " WHERE l.person = s.person AND l.cancelled_at IS NULL AND l.starts_at <= {} AND l.starts_at > s.starts_at)"
    " UNION ALL SELECT 'absence', b.person, b.deputy, b.starts_at, b.ends_at FROM desk_absences b"
    " WHERE b.cancelled_at IS NULL AND b.starts_at <= {} AND b.ends_at > {}"
)


@dataclass(frozen=True, slots=True)
class _Times:
    """A person's last shift, and the leave that runs."""

    shift_ends_at: datetime | None = None
    shift_deputy: int | None = None
    away_since: datetime | None = None
    away_deputy: int | None = None

    @property
    def names(self) -> int | None:
        """Whom she names now: leave names its own deputy."""
        return self.away_deputy if self.away_since is not None else self.shift_deputy


async def candidates(at: datetime) -> list[AgentState]:
    """Everybody with a desk role who may come in, by id, as she is at this instant."""
    people: dict[int, list[dict[str, Any]]] = {}
    for row in await Agent.raw(_PEOPLE):
        people.setdefault(row["id"], []).append(row)
    times = await _times(at)
    known = await rule()
    licences = {person: rules.licence(held(rows), known, at) for person, rows in people.items()}
    named = {person: one.names for person, one in times.items()}
    able = {p for p in people if licences[p] and times.get(p, _Times()).away_since is None}
    return [
        _state(rows, times.get(person, _Times()), licences[person], rules.stand_in(person, named, able), at)
        for person, rows in people.items()
    ]


async def _times(at: datetime) -> dict[int, _Times]:
    shifts: dict[int, Mapping[str, Any]] = {}
    leave: dict[int, Mapping[str, Any]] = {}
    for row in await Agent.raw(_WHEN, at, at - rules.LEFT_FOR, at, at, at):
        (shifts if row["what"] == "shift" else leave)[row["person"]] = row
    nothing: Mapping[str, Any] = {"ends_at": None, "starts_at": None, "deputy": None}
    return {
        person: _Times(
            _moment(shifts.get(person, nothing)["ends_at"]),
            shifts.get(person, nothing)["deputy"],
            _moment(leave.get(person, nothing)["starts_at"]),
            leave.get(person, nothing)["deputy"],
        )
        for person in shifts.keys() | leave.keys()
    }


def _state(rows: list[dict[str, Any]], times: _Times, licence: Licence, deputy: int | None, at: datetime) -> AgentState:
    row = rows[0]
    said = said_of(row)
    holds = said is not None and rules.ended(said, times.away_since, at) is None
    away = times.away_since is not None
    on_shift = times.shift_ends_at is not None and at < times.shift_ends_at and not away
    return AgentState(
        person_id=row["id"],
        name=row["name"],
        level=rules.level_of(any(one["role"] == "desk_lead" for one in rows), row["level"]),
        products=frozenset((row["products"] or "").split("\n")) - {""},
        functions=frozenset((row["functions"] or "").split()),
        languages=frozenset((row["languages"] or rules.LANGUAGES[0]).split()),
        capacity=row["capacity"] or rules.CAPACITY,
        present=bool(licence) and holds and said is not None and said.state is State.PRESENT,
        paused=row["reason"] if holds and said is not None and said.state is State.PAUSED else None,
        on_shift=on_shift,
        certified=bool(licence),
        away=away,
        deputy_id=deputy,
        licence=licence,
        shift_ends_at=times.shift_ends_at if on_shift else None,
    )


def said_of(row: Mapping[str, Any]) -> Said | None:
    """The open presence in a row of `state`, `since`, `until` and `cancelled_at` of its shift, and `seen_at`."""
    if row["state"] is None:
        return None
    until = row["until"] if row["cancelled_at"] is None else None
    since = _moment(row["since"])
    assert since is not None
    return Said(State(row["state"]), since, _moment(until), _moment(row["seen_at"]))


async def agent(person_id: int, at: datetime) -> AgentState | None:
    """One of the desk as she is now; None for whoever holds no desk role."""
    return next((one for one in await candidates(at) if one.person_id == person_id), None)


async def on_shift(at: datetime) -> list[AgentState]:
    """Who is on shift, and not on leave."""
    return [one for one in await candidates(at) if one.on_shift]


async def deputy_of(person_id: int, at: datetime) -> int | None:
    """Who stands in for her at this instant; None where nobody does."""
    found = await agent(person_id, at)
    return found.deputy_id if found is not None else None
