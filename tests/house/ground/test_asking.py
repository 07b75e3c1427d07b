"""A page asks the database at most twelve times: every route, as everybody who may open it, on the demo's data."""

from datetime import UTC, datetime, timedelta

import pytest

from courses.assignment import actions as assignments
from portal.commands.demo_people import make_demo
from portal.core.base import public_links
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import DB, reading
from portal.core.base.public_links import Door
from portal.core.people import queries as people
from portal.service.sharing.sampling import draw_week
from tests import make
from tests.browse import BASE, Browser
from tests.house.ground.asking import MOST, Round
from tests.journeys.walk import PARTS, STARTS

# What nobody comes to by a link: for the moment between two forms, for script, or pictures in a page.
UNSEEN = {
    "/c/{token:str}/evidence/{number:int}",
    "/c/{token:str}/proposals/{ref:str}/acceptance",
    "/c/{token:str}/proposals/{ref:str}/refusal",
    "/complaints/{ref:str}/evidence/{number:int}",
    "/desk/load/moves/{job_id:int}",
    "/desk/news",
    "/help/suggestions",
    "/admin/exports/{ref:str}",
    "/admin/exports/{ref:str}/file",
    "/admin/register/suppliers/{external_id:str}/papers/{paper_id:int}",
    "/admin/share-reports/{ref:str}/photos/{position:int}",
    "/admin/visits/{ref:str}/signature",
    "/attempts/{ref:str}/state",
    "/attempts/{ref:str}/submission",
    "/manage/jobs/{job_id:int}",
    "/media/{ref:str}/{name:str}",
    "/orders/bulk/{job_id:int}",
    "/recovery/{token:str}",
    "/sign-in/second-factor",
    "/verify/{number:str}/qr.png",
}
MACHINES = ["/.well-known/jwks.json", "/healthz", "/metrics", "/readyz", "/robots.txt"]
OF_ORDER = (
    *("", "/story", "/guide", "/flag", "/hurry", "/address", "/inquiry?kind=trace", "/inquiry?kind=recall", "/wish"),
    *("/reminder", "/claims/new", "/thread", "/ratings"),
    *(f"/returns/new?kind={kind}" for kind in ("return", "exchange", "resend", "refund", "cancel")),
)


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_no_page_asks_more_than_twelve_times(browser: Browser) -> None:
    await make_demo(now())
    starts = await _done_by_hand(browser)
    seen = Round()
    for part, identifier in PARTS.items():
        browser.client.cookies.clear()
        if identifier is not None:
            await make.sign_in(browser, await _person(identifier))
        await seen.walk(browser, part, [*STARTS.get(part, ()), *starts.get(part, ())])
    dear = [str(asked) for asked in seen.worst() if len(asked.queries) > MOST]
    assert not dear, f"at most {MOST} are allowed:\n" + "\n".join(dear)
    unseen = set(seen.routes) - set(seen.found)
    assert not unseen ^ UNSEEN, "\n".join(sorted(unseen ^ UNSEEN))


async def _person(identifier: str) -> int:
    async with reading():
        found = await people.person_by_identifier(identifier)
    assert found is not None, identifier
    return found.id


async def _done_by_hand(browser: Browser) -> dict[str, list[str]]:
    """What the demo's people have left undone; then the addresses to begin with, by who goes there."""
    await draw_week()
    owner = await _person("owner@demo.test")
    await assignments.assign_by_purpose(SYSTEM, owner, "owner_licence", "renewal", now())
    await make.sign_in(browser, await _person("manager@demo.test"))
    await browser.visit_and_submit("/manage/groups", "/manage/groups", name="first")
    await make.sign_in(browser, await _person("admin@demo.test"))
    await browser.visit_and_submit("/admin/groups", "/admin/groups", name="all")
    await browser.visit_and_submit("/admin/webhooks", "/admin/webhooks", url="http://127.0.0.1:9/hooks")
    admin = await _uploaded(browser)
    async with reading():
        code = (await DB.fetch("SELECT code FROM share_links ORDER BY id LIMIT 1", []))[0]["code"]
        numbers = [row["number"] for row in await DB.fetch("SELECT number FROM orders ORDER BY id", [])]
        links = await DB.fetch("SELECT door, subject_id FROM public_links ORDER BY id", [])
        months = [row["month"] for row in await DB.fetch("SELECT month FROM star_runs ORDER BY id", [])]
        doors = [await public_links.address_of(Door(row["door"]), row["subject_id"]) or "" for row in links]
    visitor = [door.removeprefix(BASE) for door in doors]
    own = [f"/orders/{number}{rest}" for number in numbers[::3] for rest in OF_ORDER]
    lost = f"figures/lost/{(now() - timedelta(days=1)).date().isoformat()}"
    return {
        "manager": [f"/manage/{lost}"],
        "owner": [
            *own,
            *(f"/stars/{month}/appeal" for month in months),
            "/orders/news?since=1",
            f"/share/links/{code}/poster.png",
        ],
        "admin": [*admin, f"/admin/{lost}", *(f"/admin/orders/{number}" for number in numbers)],
        "visitor": [*MACHINES, *visitor, *(f"{one}/letter" for one in visitor), await _reported(browser, code)],
    }


async def _uploaded(browser: Browser) -> list[str]:
    """An import tried out, and a reconciliation."""
    day = datetime.now(UTC).date().isoformat()
    vips = "external_id,name,phone,registered_at\nvip-99,Wu,13900000099,2026-11-01\n"
    orders = "number,status,paid_fen\nD-2026-1011,paid,12900\n"
    landed = []
    for path, fields, sheet in (
        ("/admin/imports", {"kind": "vips"}, vips),
        ("/admin/reconciliation", {"first": day, "last": day}, orders),
    ):
        files = {"file": ("sheet.csv", sheet.encode(), "text/csv")}
        landed.append((await browser.submit(await browser.get(path), path, files=files, **fields)).path)
    return landed


async def _reported(browser: Browser, code: str) -> str:
    """Where a stranger who reported a share reads what became of it."""
    browser.client.cookies.clear()
    path = f"/s/{code}/report"
    page = await browser.get(path)
    files = {"none": b""} if page.form(path).multipart else None
    return (await browser.submit(page, path, files=files, what="price", text="The price was another one.")).path
