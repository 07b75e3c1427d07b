"""`/desk/quality/trainings`: a course that a figure asked for: why, and the appeal against it."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.viewer import Viewer
from portal.service.quality import queries, reviewing, training
from portal.service.quality.forms import AppealForm, DecisionForm
from portal.service.quality.measures import BOUNDS
from portal.service.quality.pages import answered, reviewer
from portal.service.quality.reviewing import HOME
from portal.service.quality.rules import LONGEST_NOTE, Appeal, appeal_no
from portal.service.quality.telling import value_text
from portal.service.quality.training import TrainingInfo

AnyRequest = Request[Any, Any, Any]


async def _training(viewer: Viewer, training_id: int) -> TrainingInfo:
    """Hers, or any for who leads or judges. Raises NotFound."""
    async with reading():
        given = await training.training(training_id)
    if given is None or (given.agent_id != viewer.person_id and not viewer.may(Capability.REVIEW_QUALITY)):
        raise NotFound
    return given


async def show_training(
    request: AnyRequest, viewer: Viewer, training_id: int, form: Form | None = None, status: int = 200
) -> Answer:
    given, at = await _training(viewer, training_id), now()
    async with reading():
        appeal = await queries.appeal(training_id=given.id)
    hers = given.agent_id == viewer.person_id
    return await page(
        request,
        "service/quality/training.html",
        status=status,
        given=given,
        bound=BOUNDS[given.figure],
        value_text=value_text,
        appeal=appeal,
        hers=hers,
        appeal_no=appeal_no(given.at, appeal is not None, at),
        may_decide=not hers and appeal is not None and appeal.state is Appeal.OPEN,
        form=form,
        longest=LONGEST_NOTE,
        now=at,
    )


class TrainingPages(Controller):
    """A training that a figure asked for: why, and the appeal against it."""

    path = f"{HOME}/trainings/{{training_id:int}}"

    @get()
    async def show(self, request: AnyRequest, training_id: FromPath[int]) -> Answer:
        return await show_training(request, signed_in(), training_id)

    @post("/appeal")
    async def appeal(self, request: AnyRequest, training_id: FromPath[int]) -> Answer:
        viewer, form = signed_in(), await forms.read(request)
        given = await _training(viewer, training_id)
        data = form.into(AppealForm)
        if data is None:
            return await show_training(request, viewer, training_id, form, 422)
        text = data.text

        async def act() -> str:
            await reviewing.appeal_training(viewer, given.id, text, now())
            return given.way

        async def again(form: Form, status: int) -> Answer:
            return await show_training(request, viewer, training_id, form, status)

        return await answered(request, act, "appealed", again, form, "text")

    @post("/appeal/decision")
    async def decide(self, request: AnyRequest, training_id: FromPath[int]) -> Answer:
        viewer, form = reviewer(), await forms.read(request)
        given = await _training(viewer, training_id)
        data = form.into(DecisionForm)
        if data is None:
            return await show_training(request, viewer, training_id, form, 422)
        said = data

        async def act() -> str:
            await reviewing.decide_training(viewer, given.id, said.decision == "upheld", said.reason, now())
            return given.way

        async def again(form: Form, status: int) -> Answer:
            return await show_training(request, viewer, training_id, form, status)

        return await answered(request, act, "decided", again, form, "reason")


ROUTES: list[Any] = [TrainingPages]
