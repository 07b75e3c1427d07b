"""What time brings to corrective actions: a reminder before the date, the lead after it, a look after thirty days."""

from datetime import datetime
from functools import partial

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.sweeping import each_due
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.causes import queries
from portal.service.causes.queries import ActionInfo
from portal.service.causes.rules import Step, next_step_at, step_due
from portal.service.causes.tables import ActionStep, CorrectiveAction


async def remind() -> int:
    """Sweep: take every action to the step that its dates have reached; returns how many were looked at."""
    at = now()
    return await each_due(partial(queries.due_actions, at), partial(_look, at=at))


async def _look(action_id: int, at: datetime) -> None:
    async with writing():
        action = await queries.action_by_id(action_id)
        if action is None or action.next_at is None or action.next_at > at:
            return
        step = step_due(action.state, action.due_at, action.recheck_at, at)
        if step is not None and await _first_time(action, step, at):
            await _tell(action, step, at)
        following = next_step_at(action.state, action.due_at, action.recheck_at, at)
        await CorrectiveAction.update({CorrectiveAction.next_at: following}).where(CorrectiveAction.id == action.id)


async def _first_time(action: ActionInfo, step: Step, at: datetime) -> bool:
    date = action.recheck_at if step is Step.RECHECK else action.due_at
    rows = await ActionStep.raw(
        "INSERT INTO corrective_action_steps (action, step, date_at, at) VALUES ({}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        action.id,
        str(step),
        date,
        at,
    )
    return bool(rows)


async def _tell(action: ActionInfo, step: Step, at: datetime) -> None:
    leads = [person.id for person in await people.people_with_role(Role.DESK_LEAD)]
    if step is Step.RECHECK:
        verifier = [action.ended_by] if action.ended_by is not None else []
        who = verifier or leads
    else:
        who = [action.responsible, *(leads if step is Step.OVERDUE else [])]
    params = {"what": action.what, "name": action.responsible_name, "due_at": action.due_at or at}
    for person in dict.fromkeys(who):
        await notify(person, f"action_{step}", params, at, way=action.way)
