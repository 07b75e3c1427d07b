"""`/manage/figures`: a service manager's team: who is stuck where, who is at risk and why, how long the way takes."""

from typing import Any

from litestar import Request, get

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link, paged
from portal.service.insight import dashboards, figures, queries, scopes, team_queries
from portal.service.insight.dashboards import TEAM
from portal.service.insight.figures import Name
from portal.service.insight.needs import Risk, Step, count
from portal.service.insight.row_pages import RowPages

AnyRequest = Request[Any, Any, Any]
SHOWN = 8
_FIGURES = (Name.CONVERSION, Name.REPLY, Name.REPEAT, Name.REFUND, Name.COMPLAINED, Name.LOST)


class TeamFigurePages(RowPages):
    """The team of the manager who looks, or a group of hers."""

    path = TEAM
    opt = {"needs": Capability.SEE_TEAM}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at = now()
        async with reading(long=True):
            asked = await dashboards.asked(TEAM, request.query_params)
            span = dashboards.period(asked, at)
            groups = await scopes.own_groups(signed_in())
            looked = await queries.look(asked.scope, span)
            team = await team_queries.members(asked.scope, local(at).date(), at)
        stuck = [one for one in team if one.stuck]
        risky = sorted((one for one in team if one.risks), key=lambda one: (-len(one.risks), one.store_id))
        return await page(
            request,
            "service/insight/team.html",
            **dashboards.common(TEAM, asked, span, looked, at),
            groups=groups,
            figures=[one for one in figures.shown(looked) if one.name in _FIGURES],
            mean=figures.mean_fen,
            total=len(team),
            where=count(str(one.step) for one in stuck),
            places=list(Step),
            stuck=stuck,
            overdue=[one for one in team if one.overdue],
            risky=risky[:SHOWN],
            risky_total=len(risky),
            reasons=count(str(risk) for one in risky for risk in one.risks),
            risks=list(Risk),
        )

    @get("/owners")
    async def owners(self, request: AnyRequest) -> Answer:
        """Who is at risk, stuck or overdue, with what is known of each."""
        at = now()
        wanted = request.query_params.get("what", "")
        what = wanted if wanted in {*Risk, "stuck", "overdue", *(f"at_{one}" for one in Step)} else "risk"
        async with reading(long=True):
            asked = await dashboards.asked(TEAM, request.query_params)
            team = await team_queries.members(asked.scope, local(at).date(), at)
        cut = cut_of(request)
        chosen = [one for one in team if _fits(one, what) and one.store_id > cut.after][: cut.fetch]
        found = paged(chosen, cut, lambda one: one.store_id)
        return await page(
            request,
            "service/insight/owners.html",
            here=TEAM,
            asked=asked,
            what=what,
            kinds=["risk", *map(str, Risk), "stuck", "overdue"],
            found=found.items,
            more=next_link(request, found),
            first="after" not in request.query_params,
            now=at,
        )


def _fits(one: team_queries.Member, what: str) -> bool:
    if what == "risk":
        return bool(one.risks)
    if what == "overdue":
        return one.overdue
    if what == "stuck" or what.startswith("at_"):
        return one.stuck and what in ("stuck", f"at_{one.step}")
    return what in one.risks


ROUTES: list[Any] = [TeamFigurePages]
