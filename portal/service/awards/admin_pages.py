"""`/admin/awards`: cycles, candidates with signals side by side, rulings, the window, publication by two, files."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response, Stream

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people import queries as people
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.sheets import Rows, download_parts
from portal.core.web.viewer import Viewer
from portal.service.awards import cycles, lines, nominations, objections, publishing, queries, reviewing, winners
from portal.service.awards.cycles import HERE, Cycle
from portal.service.awards.forms import RulingForm
from portal.service.awards.queries import SHOWS
from portal.service.awards.rules import PLACES, State, Subject

AnyRequest = Request[Any, Any, Any]
Act = Callable[[Actor, int, str, datetime], Awaitable[None]]
PART = 200


class AdminPages(Controller):
    """For who may see everybody's awards."""

    path = HERE
    opt = {"needs": Capability.SEE_STARS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        cut = cut_of(request)
        async with reading():
            opened = await cycles.cycles("published_at IS NULL ORDER BY until, plan IS NOT NULL, id LIMIT 100")
            done = await cycles.cycles(
                "published_at IS NOT NULL AND id < {} ORDER BY id DESC LIMIT {}",
                cut.after or queries.BEYOND,
                cut.limit,
            )
            waiting = await objections.listed(cut_of(request), still_open=True)
            judging = await nominations.to_judge(viewer.person_id)
        at = now()
        return await page(
            request,
            "service/awards/admin.html",
            opened=[each for each in opened if each.until <= at],
            running=[each for each in opened if each.until > at],
            done=done,
            waiting=len(waiting.items),
            judging=len(judging),
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, wanted = signed_in(), request.query_params.get("show", "")
        show = wanted if wanted in SHOWS else SHOWS[0]
        async with reading():
            cycle = await cycles.by_ref(ref[:80])
            found = await queries.listed(cycle.id, show, cut_of(request))
            leading = await queries.leaders(cycle.id, len(PLACES))
            standing = await winners.results(
                "r.cycle = {} AND r.superseded_at IS NULL ORDER BY r.id LIMIT {}", cycle.id, 30
            )
            context: dict[str, Any] = {
                "counts": await queries.counts(cycle.id),
                "unsaid": len(await queries.unsaid(cycle.id)) if cycle.state in (State.REVIEW, State.READY) else 0,
                "waiting": await objections.waiting(cycle.id) if cycle.state is State.APPEAL else 0,
                "own": await reviewing.own(viewer.person_id, cycle.id),
                "names": await people.people(
                    [each for each in (cycle.opened_by, cycle.proposed_by, cycle.confirmed_by) if each is not None]
                ),
            }
        return await page(
            request,
            "service/awards/cycle.html",
            cycle=cycle,
            found=found,
            show=show,
            shows=SHOWS,
            leading=list(zip(PLACES, leading, strict=False)),
            standing=standing,
            owners=cycle.subject is Subject.OWNER,
            may_review=viewer.may(Capability.REVIEW_AWARDS),
            may_publish=viewer.may(Capability.PUBLISH_AWARDS),
            own_proposal=cycle.proposed_by == viewer.person_id,
            more=next_link(request, found),
            first="after" not in request.query_params,
            points=lines.points,
            now=now(),
            **context,
        )

    @get(["/{ref:str}/candidates.csv", "/{ref:str}/candidates.xlsx"])
    async def file(self, request: AnyRequest, ref: FromPath[str]) -> Stream | Response[bytes]:
        """Every candidate's frozen figures with what was said of her, streaming."""
        async with reading():
            cycle = await cycles.by_ref(ref[:80])
        name = request.url.path.rpartition("/")[2]
        return await download_parts(name, t("awards.title"), _lines(cycle))

    @get("/candidates/{candidate_id:int}")
    async def candidate(self, request: AnyRequest, candidate_id: FromPath[int]) -> Answer:
        return await _candidate(request, signed_in(), candidate_id, None)


class ReviewPages(Controller):
    """What reviewers do with a cycle and its candidates."""

    path = HERE
    opt = {"needs": Capability.REVIEW_AWARDS}  # noqa: RUF012 - Litestar's own form

    @post("/candidates/{candidate_id:int}/ruling")
    async def rule(self, request: AnyRequest, candidate_id: FromPath[int]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(RulingForm)
        if data is None:
            return await _candidate(request, viewer, candidate_id, form, 422)
        wanted = data

        async def act() -> str:
            await reviewing.rule(
                viewer.actor,
                viewer.person_id,
                candidate_id,
                wanted.reason,
                at,
                kept=wanted.ruling == "keep",
                gaming=wanted.ruling == "gaming",
            )
            return f"{HERE}/candidates/{candidate_id}"

        try:
            return await forms.once(request, act, "awards.toast.ruled")
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _candidate(request, viewer, candidate_id, form, refused.status)

    @post("/{ref:str}/window")
    async def open_window(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _do(request, ref, reviewing.open_window, "awards.toast.window")

    @post("/{ref:str}/review")
    async def reopen(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _do(request, ref, reviewing.reopen, "awards.toast.reopened")


class PublicationPages(Controller):
    """What two admins do with a cycle."""

    path = f"{HERE}/{{ref:str}}"
    opt = {"needs": Capability.PUBLISH_AWARDS}  # noqa: RUF012 - Litestar's own form

    @post("/proposal")
    async def propose(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _do(request, ref, publishing.propose, "awards.toast.proposed")

    @post("/withdrawal")
    async def take_back(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _do(request, ref, publishing.take_back, "awards.toast.taken_back")

    @post("/publication")
    async def confirm(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _do(request, ref, publishing.confirm, "awards.toast.published")


async def _do(request: AnyRequest, ref: str, step: Act, toast: str) -> Answer:
    viewer, at = signed_in(), now()

    async def act() -> str:
        await step(viewer.actor, viewer.person_id, ref[:80], at)
        return f"{HERE}/{ref[:80]}"

    return await forms.once(request, act, toast)


async def _candidate(
    request: AnyRequest, viewer: Viewer, candidate_id: int, form: Form | None, status: int = 200
) -> Answer:
    async with reading():
        found = await queries.candidate(candidate_id)
        if found is None:
            raise NotFound
        cycle = await cycles.by_id(found.cycle_id)
        orders = sorted({order for each in found.signals for order in each.orders})
        numbers = await queries.numbers(orders)
        filed = await objections.of_candidate(found.id)
        won = await winners.results("r.candidate = {} ORDER BY r.id", found.id)
    return await page(
        request,
        "service/awards/candidate.html",
        status=status,
        cycle=cycle,
        found=found,
        numbers=numbers,
        filed=filed,
        won=won,
        orders="/admin/orders/" if viewer.may(Capability.SEE_ALL) else None,
        own=found.person_id == viewer.person_id,
        may_rule=viewer.may(Capability.REVIEW_AWARDS) and cycle.state in (State.REVIEW, State.READY),
        form=form,
        points=lines.points,
        amount=lines.amount,
        stars=f"/admin/stars/{cycle.span.last_month}/{found.store_id}" if found.store_id is not None else None,
    )


async def _lines(cycle: Cycle) -> AsyncIterator[Rows]:
    yield [lines.heads(list(cycle.lines))]
    after = 0
    while True:
        async with reading():
            part = await queries.candidates("a.cycle = {} AND a.id > {} ORDER BY a.id LIMIT {}", cycle.id, after, PART)
        if not part:
            return
        rows: Rows = [lines.line(cycle.label, each) for each in part]
        yield rows
        after = part[-1].id


ROUTES: list[Any] = [AdminPages, ReviewPages, PublicationPages]
