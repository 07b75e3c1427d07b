"""Dates of the register: set, ended, and who is reminded of them; each rung once, after a downtime only the latest."""

from collections.abc import Iterable
from datetime import datetime

from portal.core.base.clock import now
from portal.core.base.database import hold, writing
from portal.core.base.sweeping import each_due
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.policy import MAY, Capability
from portal.core.people.queries import PersonInfo
from portal.core.people.rules import Role
from portal.service.suppliers.rules import Matter, first_look, next_rung, rungs_due
from portal.service.suppliers.tables import RegisterDate, RegisterReminder, SiteVisit

KEEPERS = tuple(role for role, may in MAY.items() if Capability.KEEP_SUPPLIERS in may)


async def keepers() -> list[PersonInfo]:
    """Who keeps the register and visits sites, by name. Inside a door."""
    found = {person.id: person for role in KEEPERS for person in await people.people_with_role(Role(role))}
    return sorted(found.values(), key=lambda person: (person.name, person.id))


async def set_date(supplier_id: int, matter: Matter, subject: int, due_at: datetime, way: str, at: datetime) -> None:
    """Let something come due, or come due at another time: its rungs begin anew. In the caller's transaction."""
    rows = await RegisterDate.raw(
        "INSERT INTO supplier_dates (supplier, matter, subject, way, due_at, next_at) VALUES ({}, {}, {}, {}, {}, {})"
        " ON CONFLICT (matter, subject) DO UPDATE SET way = excluded.way, due_at = excluded.due_at,"
        " next_at = excluded.next_at, ended_at = NULL RETURNING id",
        supplier_id,
        str(matter),
        subject,
        way,
        due_at,
        first_look(matter, due_at, at),
    )
    await RegisterReminder.delete().where(RegisterReminder.date_of == rows[0]["id"])


async def end_date(matter: Matter, subject: int, at: datetime) -> None:
    """It is done, or concerns nobody any more. In the caller's transaction."""
    await RegisterDate.update({RegisterDate.ended_at: at, RegisterDate.next_at: None}).where(
        RegisterDate.matter == str(matter), RegisterDate.subject == subject, RegisterDate.ended_at.is_null()
    )


async def remind() -> int:
    """Sweep: remind of every date whose next rung has come; returns how many were looked at. Raises Unfinished."""
    at = now()

    async def due(limit: int) -> list[int]:
        rows = (
            await RegisterDate.select(RegisterDate.id)
            .where(RegisterDate.next_at <= at)
            .order_by(RegisterDate.next_at)
            .limit(limit)
        )
        return [int(row["id"]) for row in rows]

    return await each_due(due, lambda date_id: _look(date_id, at))


_DATE = (
    "SELECT d.matter, d.subject, d.way, d.due_at, d.next_at, s.name FROM supplier_dates d"
    " JOIN suppliers s ON s.id = d.supplier WHERE d.id = {}"
)


async def _look(date_id: int, at: datetime) -> None:
    """One date in one transaction, its row held: another worker finds nothing left to do."""
    async with writing():
        await hold("supplier_dates", date_id)
        row = (await RegisterDate.raw(_DATE, date_id))[0]
        if row["next_at"] is None or row["next_at"] > at:
            return
        matter, due_at = Matter(row["matter"]), row["due_at"]
        later = next_rung(matter, due_at, at)
        await RegisterDate.update({RegisterDate.next_at: later}).where(RegisterDate.id == date_id)
        fresh = [rung for rung in rungs_due(matter, due_at, at) if await _first_time(date_id, rung, at)]
        if not fresh:
            return
        kind = f"supplier_{matter}_over" if min(fresh) <= 0 and due_at <= at else f"supplier_{matter}"
        for person in await _told(matter, row["subject"]):
            await notify(person, kind, {"name": row["name"], "due_at": due_at}, at, way=row["way"])


async def _first_time(date_id: int, rung: int, at: datetime) -> bool:
    rows = await RegisterReminder.raw(
        "INSERT INTO supplier_reminders (date_of, rung, told, at) VALUES ({}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        date_id,
        rung,
        True,
        at,
    )
    return bool(rows)


async def _told(matter: Matter, subject: int) -> Iterable[int]:
    """Visits and what was agreed at them: those who go; everything else: all who keep the register."""
    if matter is Matter.VISIT:
        where = "v.id = {}"
    elif matter is Matter.ACTION:
        where = "v.id = (SELECT a.visit FROM site_visit_actions a WHERE a.id = {})"
    else:
        return [person.id for person in await keepers()]
    rows = await SiteVisit.raw(f"SELECT v.first, v.second FROM site_visits v WHERE {where}", subject)  # noqa: S608
    return dict.fromkeys(who for row in rows for who in (row["first"], row["second"]) if who is not None)
