"""Mandates for their pages and for the rooms above. Call inside a door."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.web.paging import Cut, Page, paged
from portal.service.mandates.rules import (
    Act,
    Matter,
    Moments,
    Scope,
    ScopeLine,
    State,
    code_waits,
    gap,
    locked,
    may_remind,
    state_of,
)
from portal.service.mandates.tables import Mandate

BEYOND = 2**62  # beyond every id: lists begin with the newest


@dataclass(frozen=True, slots=True)
class MandateInfo:
    """A mandate with whom it is between. `vip_phone` is whole: whoever shows it masks it. Money in fen."""

    id: int
    ref: str
    order_id: int
    order_number: str
    vip_id: int
    vip_name: str
    vip_phone: str
    store_id: int
    store_name: str
    owner_id: int
    asked_by_id: int
    asked_by_name: str
    matter: Matter
    scope: Scope
    limit_fen: int | None
    subject: str
    made_at: datetime
    code_sent_at: datetime | None
    codes_sent: int
    tries: int
    locked_until: datetime | None
    reminded_at: datetime | None
    decline_reason: str | None
    ended_at: datetime | None
    moments: Moments

    @property
    def expires_at(self) -> datetime:
        return self.moments.expires_at

    def state(self, at: datetime) -> State:
        """Where it is at an instant: its term ends by itself."""
        return state_of(self.moments, at)

    def gap(self, act: Act, at: datetime) -> str | None:
        """Why it does not cover an act at an instant, or None where it does."""
        return gap(self.state(at), Act(self.order_id, self.matter), self.limit_fen, act)

    def code_waits(self, at: datetime) -> bool:
        """Whether she has a code to type in."""
        return code_waits(self.code_sent_at, self.tries, at)

    def may_remind(self, at: datetime) -> bool:
        return self.state(at) is State.ASKED and may_remind(self.made_at, self.reminded_at, at)

    @property
    def signed(self) -> bool:
        """Whether the buyer has consented, whatever came of it: then there is a letter."""
        return self.moments.confirmed_at is not None

    def locked(self, at: datetime) -> bool:
        return locked(self.tries, self.locked_until, at)


_MANDATE = (
    "SELECT m.id, m.ref, m.order_of AS order_id, o.number AS order_number, m.vip AS vip_id, v.name AS vip_name,"
    " v.phone AS vip_phone, m.store AS store_id, s.name AS store_name, s.owner AS owner_id,"
    " m.asked_by AS asked_by_id, p.name AS asked_by_name, m.matter, m.scope, m.limit_fen, m.subject, m.made_at,"
    " m.code_sent_at, m.codes_sent, m.tries, m.locked_until, m.reminded_at, m.decline_reason, m.ended_at,"
    " m.expires_at, m.confirmed_at, m.declined_at, m.revoked_at, m.withdrawn_at, m.used_at"
    " FROM mandates m JOIN orders o ON o.id = m.order_of JOIN vips v ON v.id = m.vip JOIN stores s ON s.id = m.store"
    " JOIN persons p ON p.id = m.asked_by"
)
_MOMENTS = ("expires_at", "confirmed_at", "declined_at", "revoked_at", "withdrawn_at", "used_at")


def scope_text(scope: Scope) -> str:
    """A scope as its column holds it."""
    lines = [[line.title, line.quantity] for line in scope.lines]
    return json.dumps({"text": scope.text, "lines": lines}, ensure_ascii=False)


def _scope(text: str) -> Scope:
    kept = json.loads(text)
    return Scope(kept["text"], tuple(ScopeLine(title, quantity) for title, quantity in kept["lines"]))


def _mandate(row: Mapping[str, Any]) -> MandateInfo:
    values = dict(row)
    moments = Moments(**{name: values.pop(name) for name in _MOMENTS})
    matter, scope = Matter(values.pop("matter")), _scope(values.pop("scope"))
    return MandateInfo(matter=matter, scope=scope, moments=moments, **values)


async def _one(condition: str, *values: object) -> MandateInfo | None:
    rows = await Mandate.raw(f"{_MANDATE} WHERE {condition} ORDER BY m.id DESC LIMIT 1", *values)
    return _mandate(rows[0]) if rows else None


async def mandate(mandate_id: int) -> MandateInfo | None:
    return await _one("m.id = {}", mandate_id)


async def mandate_of_store(store_id: int, ref: str) -> MandateInfo | None:
    """The mandate if this store asked for it; another's is as unknown as one that never was."""
    return await _one("m.store = {} AND m.ref = {}", store_id, ref)


async def mandate_for(subject: str) -> MandateInfo | None:
    """The latest mandate that was asked for a subject (`return:<ref>`)."""
    return await _one("m.subject = {}", subject)


async def mandates_of_order(order_id: int, limit: int = 20) -> list[MandateInfo]:
    """What the buyer was asked on an order, the latest first."""
    rows = await Mandate.raw(f"{_MANDATE} WHERE m.order_of = {{}} ORDER BY m.id DESC LIMIT {{}}", order_id, limit)
    return [_mandate(row) for row in rows]


async def mandates_of_vip(vip_id: int, limit: int) -> list[MandateInfo]:
    """What a buyer was ever asked, the oldest first."""
    rows = await Mandate.raw(f"{_MANDATE} WHERE m.vip = {{}} ORDER BY m.id LIMIT {{}}", vip_id, limit)
    return [_mandate(row) for row in rows]


_IN_STATE = {
    "open": "m.ended_at IS NULL AND m.confirmed_at IS NULL AND m.expires_at > {}",
    "confirmed": "m.ended_at IS NULL AND m.confirmed_at IS NOT NULL AND m.expires_at > {}",
    "ended": "(m.ended_at IS NOT NULL OR m.expires_at <= {})",
}
GROUPS = tuple(_IN_STATE)


async def mandates_of_store(store_id: int, cut: Cut, group: str | None, at: datetime) -> Page[MandateInfo]:
    """A store's mandates, the newest first; `group` is one of GROUPS."""
    where: list[str] = ["m.store = {}", "m.id < {}"]
    values: list[object] = [store_id, cut.after or BEYOND]
    if group in _IN_STATE:
        where.append(_IN_STATE[group])
        values.append(at)
    sql = f"{_MANDATE} WHERE {' AND '.join(where)} ORDER BY m.id DESC LIMIT {{}}"
    rows = await Mandate.raw(sql, *values, cut.fetch)
    return paged([_mandate(row) for row in rows], cut, lambda one: one.id)


async def overdue(at: datetime, limit: int) -> list[MandateInfo]:
    """Mandates whose term is over though nothing has ended them yet, the oldest first."""
    rows = await Mandate.raw(
        f"{_MANDATE} WHERE m.ended_at IS NULL AND m.expires_at <= {{}} ORDER BY m.expires_at, m.id LIMIT {{}}",
        at,
        limit,
    )
    return [_mandate(row) for row in rows]
