"""`/awards`: the hall of fame, for everybody; how it is reckoned; and one's own standing with one's objection."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import placeholders, reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link, paged
from portal.core.web.viewer import Viewer
from portal.service.awards import cycles, lines, objections, queries, stories, winners
from portal.service.awards.forms import ConsentForm, ObjectionForm
from portal.service.awards.periods import Period
from portal.service.awards.reviewing import MINE
from portal.service.awards.rules import (
    AGENT_LINES,
    APPEAL_WITHIN,
    BARRED_FOR,
    LEAST_STAR,
    LEAST_TEAM,
    MANAGER_LINES,
    PLACES,
    SAMPLES,
    Award,
    State,
    Subject,
)
from portal.service.awards.stories import Shown
from portal.service.awards.winners import Result

AnyRequest = Request[Any, Any, Any]
HERE = "/awards"
SHOWN_CYCLES = 30
MOST_LISTED = 60
_MAIN = "r.award IN ('champion', 'runner_up', 'third', 'best_service')"


class HallPages(Controller):
    """For everybody: names as their people agreed."""

    path = HERE
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        wanted = request.query_params.get("period", "")
        period = Period(wanted) if wanted in set(Period) else None
        among = " AND period = {}" if period else ""
        async with reading():
            found = await cycles.cycles(
                f"published_at IS NOT NULL{among} ORDER BY until DESC, plan IS NOT NULL, id LIMIT {{}}",
                *([str(period)] if period else []),
                SHOWN_CYCLES,
            )
            marks = placeholders(found)
            won = (
                await winners.results(
                    f"r.cycle IN ({marks}) AND r.superseded_at IS NULL AND {_MAIN} ORDER BY r.id",
                    *(each.id for each in found),
                )
                if found
                else []
            )
        by_cycle: dict[int, list[Result]] = {}
        for each in won:
            by_cycle.setdefault(each.cycle_id, []).append(each)
        return await page(
            request,
            "service/awards/index.html",
            found=found,
            won=by_cycle,
            periods=list(Period),
            period=period,
        )

    @get("/rules")
    async def rules(self, request: AnyRequest) -> Answer:
        return await page(
            request,
            "service/awards/rules.html",
            samples=SAMPLES,
            agents=AGENT_LINES,
            managers=MANAGER_LINES,
            star=LEAST_STAR,
            team=LEAST_TEAM,
            barred=BARRED_FOR.days,
            appeal=APPEAL_WITHIN.days,
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        cut = cut_of(request, MOST_LISTED)
        async with reading():
            cycle = await cycles.by_ref(ref[:80])
            if cycle.published_at is None:
                raise NotFound
            main = await winners.results(f"r.cycle = {{}} AND {_MAIN} ORDER BY r.id", cycle.id)
            five = await winners.results(
                "r.cycle = {} AND r.award = {} AND r.superseded_at IS NULL AND r.id > {} ORDER BY r.id LIMIT {}",
                cycle.id,
                str(Award.FIVE_STAR),
                cut.after,
                cut.fetch,
            )
            refs = [each.case_ref for each in main if each.case_ref and each.story and each.standing]
            told = await stories.told(refs)
        listed = paged(five, cut, lambda each: each.id)
        names = {each.id: each.public_name for each in main}
        return await page(
            request,
            "service/awards/show.html",
            cycle=cycle,
            standing=_in_order([each for each in main if each.superseded_at is None]),
            corrections=[each for each in main if each.corrects is not None],
            names=names,
            listed=listed,
            more=next_link(request, listed),
            told=told,
            language=language(),
        )


def _in_order(found: list[Result]) -> list[Result]:
    """By award; a place that was taken back is shown as vacant only where nobody has moved up into it."""
    places, held = list(Award), {each.award for each in found if each.standing}
    shown = [each for each in found if each.standing or each.award not in held]
    return sorted(shown, key=lambda each: (places.index(each.award), each.id))


class OwnPages(Controller):
    """Somebody's own cycles: where she stands, why, and her objection; how she is named."""

    path = MINE
    opt = {"needs": Capability.LEARN}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _mine(request, signed_in(), None)

    @post("/consent")
    async def agree(self, request: AnyRequest) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(ConsentForm)
        if data is None:
            return await _mine(request, viewer, form, 422)
        consent = data.made()

        async def act() -> str:
            await stories.agree(viewer.actor, viewer.person_id, consent, at)
            return MINE

        return await forms.once(request, act, "awards.toast.consent")

    @get("/{ref:str}")
    async def standing(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _standing(request, signed_in(), ref, None)

    @post("/{ref:str}/objection")
    async def object(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(ObjectionForm)
        if data is None:
            return await _standing(request, viewer, ref, form, 422)
        text = data.text

        async def act() -> str:
            cycle = await cycles.by_ref(ref[:80])
            found = await queries.of_person(cycle.id, viewer.person_id)
            if found is None:
                raise NotFound
            await objections.file(viewer.actor, found, text, at)
            return f"{MINE}/{cycle.ref}"

        try:
            return await forms.once(request, act, "awards.toast.objected")
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused, "text")
            return await _standing(request, viewer, ref, form, refused.status)


_HERS = (
    "frozen_at IS NOT NULL AND state NOT IN ('taking', 'ranking', 'looking') AND id IN (SELECT a.cycle"
    " FROM award_candidates a WHERE a.person = {}) ORDER BY until DESC, id DESC LIMIT {}"
)


async def _mine(request: AnyRequest, viewer: Viewer, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        found = await cycles.cycles(_HERS, viewer.person_id, SHOWN_CYCLES)
        won = await winners.results(
            "r.person = {} AND r.superseded_at IS NULL AND NOT r.taken_back ORDER BY r.id DESC LIMIT {}",
            viewer.person_id,
            SHOWN_CYCLES,
        )
        won_in = {each.id: each for each in found}
        consent = await stories.consent_of(viewer.person_id)
    return await page(
        request,
        "service/awards/mine.html",
        status=status,
        found=found,
        won=[(each, won_in[each.cycle_id]) for each in won if each.cycle_id in won_in],
        consent=consent,
        shown=list(Shown),
        form=form,
    )


async def _standing(request: AnyRequest, viewer: Viewer, ref: str, form: Form | None, status: int = 200) -> Answer:
    at = now()
    async with reading():
        cycle = await cycles.by_ref(ref[:80])
        found = await queries.of_person(cycle.id, viewer.person_id)
        if found is None or cycle.frozen_at is None or cycle.state in (State.TAKING, State.RANKING, State.LOOKING):
            raise NotFound
        leading = await queries.leaders(cycle.id, len(PLACES))
        filed = await objections.of_candidate(found.id)
        won = await winners.results("r.cycle = {} AND r.person = {} ORDER BY r.id", cycle.id, viewer.person_id)
    return await page(
        request,
        "service/awards/standing.html",
        status=status,
        cycle=cycle,
        found=found,
        ahead=next((n for n, each in enumerate(leading, start=1) if each.id == found.id), None),
        filed=filed,
        appealable=filed is None and objections.appealable(cycle, at),
        reviewed=cycle.state is not State.REVIEW,
        won=[each for each in won if each.superseded_at is None],
        owner=cycle.subject is Subject.OWNER,
        form=form,
        points=lines.points,
        amount=lines.amount,
    )


ROUTES: list[Any] = [HallPages, OwnPages]
