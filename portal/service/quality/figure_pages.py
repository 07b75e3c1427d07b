"""`/desk/figures`: agents' figures as pictures with their n, the buyers' answers by month, and both as files."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath
from litestar.response import Response, Stream

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound
from portal.core.people import queries as people
from portal.core.people.policy import Capability
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.paging import Page, cut_of, next_link, paged
from portal.core.web.sheets import Rows, download, download_parts
from portal.core.web.viewer import Viewer
from portal.service.quality import figures, queries, telling
from portal.service.quality.figures import Figures, MonthInfo
from portal.service.quality.measures import BOUNDS, LEAST, Figure, Measured
from portal.service.quality.pages import desk
from portal.service.quality.taking import Answers

AnyRequest = Request[Any, Any, Any]
HERE = "/desk/figures"
PART = 500
_TABLE = (
    Figure.PROMPT,
    Figure.PROPOSAL,
    Figure.COMPENSATION,
    Figure.REOPENED,
    Figure.SATISFACTION,
    Figure.ASKED_AGAIN,
    Figure.QUALITY,
)


@dataclass(frozen=True, slots=True)
class Looked:
    """A month as it is looked at: the present one (`live`) or one that is over."""

    month: str
    live: bool
    agents: Figures
    answers: Answers
    queue_broken: int


def sees_all(viewer: Viewer) -> bool:
    return viewer.may(Capability.LEAD_DESK) or viewer.may(Capability.SEE_ALL)


async def _looked(wanted: str, at: datetime, agent_id: int | None = None) -> Looked:
    """The month that is asked for, else the present one. Inside a door."""
    info = await figures.month_info(wanted) if len(wanted) == len("2026-11") else None
    if info is not None:
        return Looked(info.month, False, await figures.of_month(info.id, agent_id), info.answers, info.queue_broken)
    taken = await figures.live(at, agent_id)
    return Looked(taken.month, True, taken.agents, taken.answers, taken.queue_broken)


def _row(measured: Sequence[Measured]) -> dict[Figure, Measured]:
    return {one.figure: one for one in measured}


class FigurePages(Controller):
    """All agents' for who leads; for an agent her own."""

    path = HERE

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = desk(), now()
        if not sees_all(viewer):
            return see_other(request, f"{HERE}/{viewer.person_id}")
        cut = cut_of(request)
        async with reading():
            looked = await _looked(request.query_params.get("month", ""), at)
            past = await figures.months()
            ids = sorted(each for each in looked.agents if each > cut.after)[: cut.fetch]
            found: Page[int] = paged(ids, cut, lambda each: each)
            names = await people.people(found.items)
        return await page(
            request,
            "service/quality/figures.html",
            looked=looked,
            months=past,
            rows=[(names[each], _row(looked.agents[each])) for each in found.items if each in names],
            columns=_TABLE,
            told=telling.told,
            answers=_answers(past, looked),
            least=LEAST,
            more=next_link(request, found),
            first="after" not in request.query_params,
            now=at,
        )

    @get("/{person_id:int}")
    async def show(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        viewer, at = desk(), now()
        if person_id != viewer.person_id and not sees_all(viewer):
            raise Forbidden
        if not 0 < person_id < queries.BEYOND:
            raise NotFound
        async with reading():
            agent = await people.person(person_id)
            if agent is None:
                raise NotFound
            looked = await _looked(request.query_params.get("month", ""), at, person_id)
            past = await figures.of_agent(person_id)
            months = await figures.months()
        return await page(
            request,
            "service/quality/agent.html",
            agent=agent,
            hers=agent.id == viewer.person_id,
            looked=looked,
            months=months,
            row=_row(looked.agents.get(person_id, ())),
            bars_of=[each for each in Figure if each in BOUNDS],
            kind=Figure,
            value_text=telling.value_text,
            bounds=BOUNDS,
            past=past,
            told=telling.told,
            least=LEAST,
            now=at,
        )

    @get(["/figures.csv", "/figures.xlsx"])
    async def figures_file(self, request: AnyRequest) -> Response[bytes]:
        viewer, at = desk(), now()
        only = None if sees_all(viewer) else viewer.person_id
        async with reading():
            looked = await _looked(request.query_params.get("month", ""), at, only)
            names = await people.people(looked.agents)
        rows: Rows = [[t(f"quality.column.{each}") for each in telling.COLUMNS]]
        for agent, measured in looked.agents.items():
            rows += [telling.line(looked.month, names[agent].name, one) for one in measured if agent in names]
        return await download(_name(request), t("quality.figures.title"), rows)

    @get(["/samples.csv", "/samples.xlsx"])
    async def samples_file(self, request: AnyRequest) -> Stream | Response[bytes]:
        viewer = desk()
        return await download_parts(_name(request), t("quality.samples.title"), _samples(viewer))


def _name(request: AnyRequest) -> str:
    return request.url.path.rpartition("/")[2]


async def _samples(viewer: Viewer) -> AsyncIterator[Rows]:
    """Every sample, one a line; an agent's own scored ones for her."""
    all_of_them, after = viewer.may(Capability.REVIEW_QUALITY), 0
    yield [[t(f"quality.sample_column.{each}") for each in telling.SAMPLE_COLUMNS]]
    while True:
        async with reading():
            part = await queries.drawn_after(after, PART, None if all_of_them else viewer.person_id)
        if not part:
            return
        lines: Rows = [telling.sample_line(each) for each in part]
        yield lines
        after = part[-1].id


def _answers(past: Sequence[MonthInfo], looked: Looked) -> list[tuple[str, Answers]]:
    """What buyers said of the desk, by month, the latest first; the present one where it is looked at."""
    found: list[tuple[str, Answers]] = [(each.month, each.answers) for each in past]
    return [(looked.month, looked.answers), *found] if looked.live else found


ROUTES: list[Any] = [FigurePages]
