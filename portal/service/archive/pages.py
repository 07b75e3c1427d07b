"""`/desk/archive`: every complaint, by words and by what is known of it; those alike; the table of all."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, get
from litestar.params import FromPath
from litestar.response import Stream

from courses.cases.rules import Known, masked
from portal.core.base import audit
from portal.core.base.clock import local, now, site_zone
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Forbidden, NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.shapes import clean
from portal.core.web.sheets import download_parts
from portal.core.web.viewer import Viewer
from portal.service.archive import queries, sheets
from portal.service.archive.queries import Wanted
from portal.service.archive.rules import MARKED, asked_words, snippets
from portal.service.causes import queries as causes
from portal.service.causes.rules import Party
from portal.service.complaints import history
from portal.service.complaints import queries as complaints
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Channel, Function, State

AnyRequest = Request[Any, Any, Any]
HOME = "/desk/archive"
LONGEST = 80
MONTHS_BACK = 24
OUTCOMES, CLOCKS, ROUNDS = ("compensated", "settled", "withdrawn"), ("kept", "broken"), ("1", "2")
CHOICES: dict[str, tuple[str, ...]] = {
    "state": tuple(State),
    "function": tuple(Function),
    "channel": tuple(Channel),
    "outcome": OUTCOMES,
    "clock": CLOCKS,
    "party": tuple(Party),
    "round": ROUNDS,
}
FILES = ("complaints.csv", "complaints.xlsx")
TYPED = ("goods", "supplier", "carrier")
_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """A month of the site's calendar, as instants."""
    year, number = int(month[:4]), int(month[5:])
    begin = datetime(year, number, 1, tzinfo=site_zone())
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=site_zone())
    return begin.astimezone(UTC), end.astimezone(UTC)


def months(at: datetime) -> list[str]:
    """The months that may be chosen, this one first."""
    day = local(at)
    count = day.year * 12 + day.month - 1
    return [f"{one // 12}-{one % 12 + 1:02d}" for one in range(count, count - MONTHS_BACK, -1)]


def asked(request: AnyRequest) -> dict[str, str]:
    """The filters of the address that mean something; nonsense is none."""
    sent = {name: clean(value)[:LONGEST] for name, value in request.query_params.items()}
    kept = {name: sent[name] for name, values in CHOICES.items() if sent.get(name) in values}
    kept |= {name: sent[name] for name in (*TYPED, "q") if sent.get(name)}
    if _MONTH.fullmatch(sent.get("month", "")):
        kept["month"] = sent["month"]
    agent = sent.get("agent", "")
    if agent.isascii() and agent.isdigit() and len(agent) < 18:
        kept["agent"] = agent
    return kept


def wanted_of(kept: dict[str, str]) -> Wanted:
    since, until = month_bounds(kept["month"]) if "month" in kept else (None, None)
    plain = {name: kept.get(name, "") for name in (*CHOICES, *TYPED) if name != "round"}
    number, agent = kept.get("round"), kept.get("agent")
    return Wanted(
        query=kept.get("q", ""),
        round=int(number) if number else None,
        agent=int(agent) if agent else None,
        since=since,
        until=until,
        **plain,
    )


def may_export(viewer: Viewer) -> bool:
    """Leads and admins take the whole away."""
    return viewer.may(Capability.LEAD_DESK) or viewer.may(Capability.SEE_ALL)


def told(info: ComplaintInfo, words: list[str]) -> list[list[MARKED]]:
    """Its story where it holds the words, without the buyer's name and numbers."""
    return snippets(masked(info.text, Known(names=(info.vip_name,))), words)


class ArchivePages(Controller):
    """Searching, those alike, the table."""

    path = HOME
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at, viewer, kept = now(), signed_in(), asked(request)
        words = asked_words(kept.get("q", ""))
        async with reading():
            found = await queries.found(wanted_of(kept), cut_of(request), at)
            context: dict[str, Any] = {
                "clocks": await history.clocks_of_many(found.items),
                "findings": await causes.findings_of_many({causes.root_of(info) for info in found.items}),
                "agents": await queries.agents(),
            }
        return await page(
            request,
            "service/archive/index.html",
            found=found,
            stories={info.id: told(info, words) for info in found.items},
            root_of=causes.root_of,
            form=forms.blank(kept),
            kept=kept,
            query=urlencode(kept),
            choices=CHOICES,
            months=months(at),
            may_export=may_export(viewer),
            more=next_link(request, found),
            first="after" not in request.query_params,
            now=at,
            **context,
        )

    @get("/{name:str}")
    async def export(self, request: AnyRequest, name: FromPath[str]) -> Stream:
        viewer, at, kept = signed_in(), now(), asked(request)
        if name not in FILES:
            raise NotFound
        if not may_export(viewer):
            raise Forbidden
        async with writing():
            facts = {key: value for key, value in kept.items() if key != "q"} | {"words": "q" in kept}
            await audit.record(viewer.actor, "archive.exported", ("person", viewer.person_id), at, facts)
        async with reading():
            last = await sheets.last_round()
        rows = sheets.parts(wanted_of(kept), at, sheets.words(last))
        return await download_parts(name, t("archive.title"), rows)

    @get("/alike/{ref:str}")
    async def alike(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async with reading():
            info = await complaints.by_ref(ref[:32])
            if info is None:
                raise NotFound
            found = await queries.alike(info)
            context: dict[str, Any] = {
                "offers": await queries.offers_of([one.id for one in found]),
                "findings": await causes.findings_of_many({causes.root_of(one) for one in found}),
            }
        return await page(
            request,
            "service/archive/alike.html",
            fragments=("service/archive/_alike.html",),
            info=info,
            found=found,
            stories={one.id: told(one, []) for one in found},
            root_of=causes.root_of,
            **context,
        )


ROUTES: list[Any] = [ArchivePages]
