"""`/admin/assessments`: who stands how and why, each verdict line by line, down to the orders it came from."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath
from litestar.response import Response, Stream

from portal.core.base import files
from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.supply.rules import Standing, SupplierKind
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import MOST, Cut, cut_of, next_link
from portal.core.web.sheets import Rows, download_parts
from portal.service.assessments import (
    cases,
    counting,
    evidence,
    faults,
    judging,
    queries,
    ratings,
    submissions,
    verdicts,
    versions,
    whitelist,
)
from portal.service.assessments.queries import HERE, PartyInfo, VerdictInfo
from portal.service.assessments.rules import MEASURES, limit_bp, window
from portal.service.assessments.states import BECOMES, FROM, Wish, adverse
from portal.service.facts import queries as facts

AnyRequest = Request[Any, Any, Any]
BY_HAND = (Wish.RESTORE, Wish.UNWHITE)


class AssessmentPages(Controller):
    """The list, a verdict, a party."""

    path = HERE
    opt = {"needs": Capability.SEE_SUPPLIERS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        standing, kind = _asked(request)
        async with reading():
            found = await queries.parties(standing, kind, cut_of(request))
            counts = await queries.standing_counts()
            waiting = await cases.waiting_proposals()
            appeals = await cases.open_appeals()
            criteria = (await versions.in_force(now())).criteria
        unready = await judging.waiting_day(now())
        return await page(
            request,
            "service/assessments/index.html",
            unready=unready,
            found=found.items,
            standing=standing,
            kind=kind,
            standings=list(Standing),
            counts=counts,
            waiting=waiting,
            appeals=appeals,
            limits={measure: limit_bp(measure, criteria) for measure in MEASURES[SupplierKind.CARRIER]},
            first="after" not in request.query_params,
            more=next_link(request, found),
            now=now(),
        )

    @get(["/export.csv", "/export.xlsx"])
    async def export(self, request: AnyRequest) -> Stream:
        standing, kind = _asked(request)
        ending = request.url.path.rpartition(".")[2]
        return await download_parts(f"assessments.{ending}", t("assessments.title"), _sheet(standing, kind))

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async with reading():
            verdict = await queries.verdict(ref)
            replay = await verdicts.replay(verdict)
            version = await versions.by_version(verdict.criteria)
        return await page(
            request,
            "service/assessments/verdict.html",
            verdict=verdict,
            replay=replay,
            version=version,
            adverse=adverse(verdict.before, verdict.after),
            days=(verdict.until_day - verdict.since_day).days + 1,
            now=now(),
        )

    @get("/{ref:str}/orders")
    async def orders(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async with reading():
            verdict = await queries.verdict(ref)
        return await show_orders(request, verdict, (verdict.since_day, verdict.until_day), verdict.way)

    @get("/parties/{external_id:str}/orders")
    async def party_orders(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        async with reading():
            party = await queries.party_by(external_id)
            days = (await versions.in_force(now())).criteria.window_days
        return await show_orders(request, party, window(party.day, days, party.from_day), party.way)

    @get("/parties/{external_id:str}")
    async def party(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await show_party(request, external_id)

    @get("/parties/{external_id:str}/white")
    async def white(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        """What the white list asks for, line by line, beside what the party has."""
        async with reading():
            party = await queries.party_by(external_id)
            lines = await whitelist.lines_shown(await queries.firm(party.party_id), party.standing, now())
        return await page(request, "service/assessments/white.html", party=party, lines=lines)

    @get("/parties/{external_id:str}/ratings")
    async def ratings(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await show_ratings(request, external_id)

    @get("/parties/{external_id:str}/files/{file:str}")
    async def file(self, external_id: FromPath[str], file: FromPath[str]) -> Response[bytes]:
        async with reading():
            firm = await queries.firm_by(external_id)
            found = await evidence.file_of(firm.id, file)
        return await served(found)


ONLY = {
    SupplierKind.GOODS: ("faulted", "severe", "late", "low"),
    SupplierKind.CARRIER: ("faulted", "severe", "late", "lost", "damaged", "hurries", "cold", "low"),
}


async def served(found: evidence.FileInfo) -> Response[bytes]:
    """A kept file: pictures are shown, documents are kept by whoever opens them."""
    headers = {"Cache-Control": "private, no-cache"}
    if not found.picture:
        headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return Response(await files.read(found.sha256), media_type=found.media_type, headers=headers)


def _asked(request: AnyRequest) -> tuple[str | None, str | None]:
    standing, kind = request.query_params.get("standing"), request.query_params.get("kind")
    return (
        standing if standing in set(Standing) else None,
        kind if kind in set(SupplierKind) else None,
    )


COLUMNS = ("party", "external_id", "kind", "standing", "day", "counted", "measure", "hits", "cases", "rate", "lower",
           "upper", "severe", "ratings", "mean")  # fmt: skip


async def _sheet(standing: str | None, kind: str | None) -> AsyncIterator[Rows]:
    yield [[t(f"assessments.sheet.{name}") for name in COLUMNS]]
    cut: Cut | None = Cut(limit=MOST)
    while cut is not None:
        async with reading():
            found = await queries.parties(standing, kind, cut)
        yield [_line(party) for party in found.items]
        cut = Cut(found.next_after, MOST) if found.next_after is not None else None


def _line(party: PartyInfo) -> list[Any]:
    bounds = party.bounds_bp
    return [
        party.name,
        party.external_id,
        t(f"assessments.kind.{party.kind}"),
        t(f"assessments.standing.{party.standing}"),
        party.day.isoformat(),
        party.counted,
        t(f"assessments.measure.{party.measure}"),
        party.hits,
        party.cases,
        f"{party.rate_bp / 100:.2f}%" if party.rate_bp is not None else None,
        f"{bounds[0] / 100:.2f}%",
        f"{bounds[1] / 100:.2f}%",
        party.severe,
        party.ratings,
        f"{party.rating_sum / party.ratings:.2f}" if party.ratings else None,
    ]


async def show_party(
    request: AnyRequest, external_id: str, form: Form | None = None, which: str | None = None, status: int = 422
) -> Answer:
    """A party with everything that is and was; `which` names the form that was refused."""
    viewer, at = signed_in(), now()
    async with reading():
        party = await queries.party_by(external_id)
        criteria = (await versions.in_force(at)).criteria
        context: dict[str, Any] = {
            "verdicts": await queries.verdicts_of(party.party_id),
            "mendings": await cases.mendings_of(party.party_id),
            "proposals": await cases.proposals_of(party.party_id),
            "appeals": await cases.appeals_of(party.party_id),
            "sent": await submissions.of_party(party.party_id),
            "weeks": await counting.weeks(party.party_id, party.measure, _yesterday(at)),
            "given": await whitelist.incentives_of(party.party_id),
        }
    wishes = [wish for wish in BY_HAND if party.standing in FROM[wish]]
    return await page(
        request,
        "service/assessments/party.html",
        status=status if form is not None else 200,
        party=party,
        limit=limit_bp(party.measure, criteria),
        wishes=wishes,
        becomes=BECOMES,
        form=form,
        which=which,
        me=viewer.person_id,
        now=at,
        **context,
    )


async def show_orders(request: AnyRequest, of: VerdictInfo | PartyInfo, days: tuple[date, date], way: str) -> Answer:
    """The orders of a window, or those behind one of its counts."""
    wanted = request.query_params.get("only")
    only = wanted if wanted in facts.ONLY else None
    since, until = days
    async with reading():
        found = await facts.party_orders(of.party_id, since.isoformat(), until.isoformat(), only, cut_of(request))
        reasons = await faults.of_orders(of.party_id, [one.order_id for one in found.items])
    return await page(
        request,
        "service/assessments/orders.html",
        name=of.party_name if isinstance(of, VerdictInfo) else of.name,
        back=way,
        since=since,
        until=until,
        only=only,
        kinds=ONLY[of.kind],
        found=found.items,
        reasons=reasons,
        first="after" not in request.query_params,
        more=next_link(request, found),
    )


async def show_ratings(
    request: AnyRequest, external_id: str, form: Form | None = None, which: str = "", status: int = 422
) -> Answer:
    """The low marks that wait for a word, and what was answered to others."""
    async with reading():
        party = await queries.party_by(external_id)
        low = await ratings.unanswered(party.party_id, now())
        answered = await ratings.answers_of(party.party_id)
    return await page(
        request,
        "service/assessments/ratings.html",
        status=status if form is not None else 200,
        party=party,
        low=low,
        answered=answered,
        form=form,
        which=which,
    )


def _yesterday(at: datetime) -> Any:
    return local(at).date() - timedelta(days=1)


ROUTES: list[Any] = [AssessmentPages]
