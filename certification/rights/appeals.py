"""An owner objects to a violation within the days that are set; somebody without a part in it decides with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from certification.rights import corrections
from certification.rights.appeal_rules import APPEAL_DAYS, AppealState, appeal_no, may_judge
from certification.rights.appeal_tables import AppealPhoto, Correction, ViolationAppeal
from certification.rights.tables import Violation
from courses.catalogue import photos
from courses.catalogue.photos import Photo
from portal.core.base import audit, site_settings
from portal.core.base.database import hold, writing
from portal.core.base.files import FileInfo
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices import actions as notices
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web.viewer import Viewer

DAYS = "rights.appeal_days"


@dataclass(frozen=True, slots=True)
class AppealInfo:
    """An appeal as its pages show it; `decider`: her name."""

    id: int
    text: str
    state: AppealState
    at: datetime
    decided_at: datetime | None
    reason: str | None
    decider: str | None


@dataclass(frozen=True, slots=True)
class Objection:
    """A violation with all that an appeal of it rests on. `until`: the last instant to appeal; none: unconfirmed."""

    violation: Violation
    store: StoreInfo
    appeal: AppealInfo | None
    corrected: str | None  # why it counts no more
    corrected_at: datetime | None
    until: datetime | None
    days: int

    def no(self, at: datetime) -> str | None:
        """Why it may not be appealed now; None: it may."""
        confirmed_at = self.violation.decided_at if self.violation.state == "confirmed" else None
        return appeal_no(confirmed_at, self.corrected is not None, self.appeal is not None, self.days, at)

    def may_judge(self, person_id: int) -> bool:
        one = self.violation
        return may_judge(person_id, self.store.owner_id, one.proposed_by, one.decided_by)


async def days() -> int:
    """For how many days after its confirmation a violation may be appealed. Call inside a door."""
    return int(await site_settings.value(DAYS, str(APPEAL_DAYS)))


_APPEAL = (
    "SELECT a.id, a.text, a.state, a.at, a.decided_at, a.reason, p.name AS decider FROM violation_appeals a"
    " LEFT JOIN persons p ON p.id = a.decided_by WHERE a.violation = {}"
)


async def objection(violation_id: int) -> Objection:
    """A violation with its appeal. Call inside a door. Raises NotFound."""
    violation = await Violation.objects().get(Violation.id == violation_id)
    store = await stores.store(violation.store) if violation is not None else None
    if violation is None or store is None:
        raise NotFound
    rows = await ViolationAppeal.raw(_APPEAL, violation_id)
    gone = await Correction.select(Correction.cause, Correction.at).where(Correction.violation == violation_id)
    given = await days()
    until = violation.decided_at + timedelta(days=given) if violation.state == "confirmed" else None
    appeal = AppealInfo(**rows[0] | {"state": AppealState(rows[0]["state"])}) if rows else None
    corrected, when = (gone[0]["cause"], gone[0]["at"]) if gone else (None, None)
    return Objection(violation, store, appeal, corrected, when, until, given)


async def appeal(viewer: Viewer, violation_id: int, text: str, kept: Iterable[Photo], at: datetime) -> int:
    """The owner does not accept a violation, once, with her reasons and photos.

    Raises NotFound for one that is not hers; Refused as `appeal_no` says.
    """
    async with writing():
        await hold("violations", violation_id)
        found = await objection(violation_id)
        if found.store.owner_id != viewer.person_id:
            raise NotFound
        no = found.no(at)
        if no is not None:
            raise Refused(no, {"days": found.days}, way=f"/right/violations/{violation_id}")
        made = await ViolationAppeal.insert(
            ViolationAppeal(violation=violation_id, text=text, state=str(AppealState.OPEN), at=at)
        )
        appeal_id = int(made[0]["id"])
        for number, each in enumerate(kept, 1):
            file = await photos.record(each, f"appeal-{number}", at)
            await AppealPhoto.insert(AppealPhoto(appeal=appeal_id, file=file, at=at))
        await audit.record(viewer.actor, "violation.appealed", ("violation", violation_id), at, {"appeal": appeal_id})
        await _tell_judges(found, at)
    return appeal_id


async def _tell_judges(found: Objection, at: datetime) -> None:
    """Whoever may decide hears of it; the one who had confirmed it hears too, though she cannot decide."""
    way, told = f"/admin/violations/{found.violation.id}/appeal", set[int]()
    for role in (Role.DESK_LEAD, Role.ADMIN):
        told |= {each.id for each in await people.people_with_role(role) if found.may_judge(each.id)}
    if found.violation.decided_by is not None:
        told.add(found.violation.decided_by)
    for person_id in sorted(told - {found.store.owner_id}):
        await notices.notify(person_id, "rights.appealed", {"store": found.store.name}, at, way=way)


async def decide(viewer: Viewer, violation_id: int, *, upheld: bool, reason: str, at: datetime) -> None:
    """Decide an appeal: upheld, the points fall away; rejected, they stay. The owner and who confirmed it are told.

    Raises NotFound, Forbidden, Refused `decided_already`.
    """
    async with writing():
        await hold("violations", violation_id)
        found = await objection(violation_id)
        if found.appeal is None:
            raise NotFound
        if not found.may_judge(viewer.person_id):
            raise Forbidden("appeal_own_part")
        state = AppealState.UPHELD if upheld else AppealState.REJECTED
        if not await _settle(found.appeal.id, viewer.person_id, state, reason, at):
            raise Refused("decided_already")
        facts = {"appeal": found.appeal.id, "state": str(state)}
        await audit.record(viewer.actor, "violation.appeal_decided", ("violation", violation_id), at, facts)
        if upheld:
            await corrections.correct(viewer, found.violation, "appeal", reason, at)
        await corrections.tell_owner(found.violation, f"rights.appeal_{state}", at)
        if found.violation.decided_by is not None:
            way, params = f"/admin/violations/{violation_id}/appeal", {"store": found.store.name}
            await notices.notify(found.violation.decided_by, f"rights.appeal_was_{state}", params, at, way=way)


async def _settle(appeal_id: int, person_id: int, state: AppealState, reason: str, at: datetime) -> bool:
    rows = (
        await ViolationAppeal.update(
            {
                ViolationAppeal.state: str(state),
                ViolationAppeal.decided_by: person_id,
                ViolationAppeal.decided_at: at,
                ViolationAppeal.reason: reason,
            }
        )
        .where(ViolationAppeal.id == appeal_id, ViolationAppeal.state == "open")
        .returning(ViolationAppeal.id)
    )
    return bool(rows)


async def photos_of(appeal_id: int) -> list[FileInfo]:
    """The photos beside an appeal, in their order. Call inside a door."""
    rows = await AppealPhoto.raw(
        "SELECT f.id, f.ref, f.sha256, f.size, f.media_type, f.name FROM violation_appeal_photos a"
        " JOIN files f ON f.id = a.file WHERE a.appeal = {} ORDER BY a.id",
        appeal_id,
    )
    return [FileInfo(**row) for row in rows]


async def open_appeals() -> list[dict[str, Any]]:
    """Appeals that wait for a decision, oldest first. Call inside a door."""
    return list(
        await ViolationAppeal.raw(
            "SELECT a.violation, a.at, v.category, v.points, s.name AS store FROM violation_appeals a"
            " JOIN violations v ON v.id = a.violation JOIN stores s ON s.id = v.store"
            " WHERE a.state = 'open' ORDER BY a.id LIMIT 100"
        )
    )


_OF_STORE = (
    "SELECT v.*, CASE WHEN k.id IS NOT NULL THEN 'corrected' ELSE a.state END AS stands FROM violations v"
    " LEFT JOIN violation_corrections k ON k.violation = v.id LEFT JOIN violation_appeals a ON a.violation = v.id"
    " WHERE v.store = {} ORDER BY v.id DESC LIMIT 50"
)


async def violations_of(store_id: int) -> tuple[list[Violation], dict[int, str]]:
    """A store's violations, the newest first, and how some of them stand: `corrected` where one counts no more, else
    the state of its appeal. Inside a door."""
    rows = [dict(row) for row in await Violation.raw(_OF_STORE, store_id)]
    stands = {int(row["id"]): str(row["stands"]) for row in rows if row["stands"] is not None}
    return [Violation(**{name: value for name, value in row.items() if name != "stands"}) for row in rows], stands
