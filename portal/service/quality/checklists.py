"""The checklist: the shipped one, and the versions that admins make of it. A review keeps the version it used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import placeholders, writing
from portal.core.base.refusals import Refused
from portal.core.web.i18n import t
from portal.service.quality.rules import MOST_WEIGHT, WEIGHTS, Step
from portal.service.quality.tables import Checklist, ChecklistStep


@dataclass(frozen=True, slots=True)
class Item:
    """A step in a version: its weight, and what is asked of it in both languages (none: the shipped words)."""

    weight: int
    words_zh: str = ""
    words_en: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A checklist as it was from `made_at` on; number 0 is the shipped one."""

    number: int
    items: Mapping[Step, Item]
    reason: str = ""
    made_at: datetime | None = None
    by_name: str | None = None

    @property
    def weights(self) -> dict[Step, int]:
        return {step: item.weight for step, item in self.items.items()}

    def words(self, step: Step, language: str) -> str:
        """What the step asks, as a reader of this language sees it."""
        item = self.items[step]
        own = item.words_en if language == "en" else item.words_zh
        return own or t(f"quality.step_words.{step}")


SHIPPED = Version(0, {step: Item(weight) for step, weight in WEIGHTS.items()})
_VERSION = (
    "SELECT c.id, c.number, c.reason, c.made_at, p.name AS by_name FROM quality_checklists c"
    " JOIN persons p ON p.id = c.made_by"
)


async def _versions(condition: str, *values: object) -> list[Version]:
    rows = await Checklist.raw(f"{_VERSION} {condition}", *values)
    if not rows:
        return []
    places = placeholders(rows)
    steps = await ChecklistStep.raw(
        "SELECT checklist, step, weight, words_zh, words_en FROM quality_checklist_steps"  # noqa: S608 - places only
        f" WHERE checklist IN ({places})",
        *(row["id"] for row in rows),
    )
    items: dict[int, dict[Step, Item]] = {row["id"]: {} for row in rows}
    for row in steps:
        items[row["checklist"]][Step(row["step"])] = Item(row["weight"], row["words_zh"], row["words_en"])
    return [Version(row["number"], items[row["id"]], row["reason"], row["made_at"], row["by_name"]) for row in rows]


async def current() -> Version:
    """The checklist that judges use now. Inside a door."""
    found = await _versions("ORDER BY c.number DESC LIMIT 1")
    return found[0] if found else SHIPPED


async def version(number: int) -> Version:
    """A version by its number. Inside a door."""
    found = await _versions("WHERE c.number = {}", number) if number else []
    return found[0] if found else SHIPPED


async def history(limit: int = 20) -> list[Version]:
    """The versions, the newest first. Inside a door."""
    return [*await _versions("ORDER BY c.number DESC LIMIT {}", limit), SHIPPED]


async def change(actor: Actor, person_id: int, items: Mapping[Step, Item], reason: str, seen: int, at: datetime) -> int:
    """Make the next version; what was scored keeps its own. Returns its number.

    Raises Refused: `checklist_moved_on` (409) where somebody made one since version `seen`, `checklist_weights` (422),
    `checklist_same` (422).
    """
    if set(items) != set(Step) or any(not 0 <= item.weight <= MOST_WEIGHT for item in items.values()):
        raise Refused("checklist_weights", {"most": MOST_WEIGHT}, status=422)
    if not items[Step.CARE].weight or sum(item.weight for item in items.values()) == items[Step.CARE].weight:
        raise Refused("checklist_weights", {"most": MOST_WEIGHT}, field=f"weight_{Step.CARE}", status=422)
    async with writing():
        now_used = await current()
        if now_used.number != seen:
            raise Refused("checklist_moved_on", way="/admin/checklist")
        if dict(now_used.items) == dict(items):
            raise Refused("checklist_same", status=422)
        rows = await Checklist.raw(
            "INSERT INTO quality_checklists (number, reason, made_by, made_at) VALUES ({}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            seen + 1,
            reason,
            person_id,
            at,
        )
        if not rows:
            raise Refused("checklist_moved_on", way="/admin/checklist")
        made = int(rows[0]["id"])
        await ChecklistStep.insert(*(_row(made, step, item) for step, item in items.items()))
        weights = {str(step): item.weight for step, item in items.items()}
        await audit.record(actor, "quality.checklist", ("checklist", made), at, {"number": seen + 1, **weights})
        return seen + 1


def _row(made: int, step: Step, item: Item) -> ChecklistStep:
    return ChecklistStep(
        checklist=made, step=str(step), weight=item.weight, words_zh=item.words_zh, words_en=item.words_en
    )
