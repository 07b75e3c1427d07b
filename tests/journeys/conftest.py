"""The demo, served, and a browser: what walks and measurements share."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
import pytest

from tests.browse import Page as Found
from tests.journeys.server import PATIENCE, Site, demo_begun
from tests.journeys.walk import signed_in
from tests.kept import kept, leave_running

SUPPLIER = "service@lehuo.example"
ASKED, ARRIVED = r"http\S+/r/\w+", r"D-2026-1012[^\"]* http\S+/o/\w+"


@pytest.fixture(scope="session")
def site() -> Site:
    """The demo with its people, and what they have not done: a running exam, groups, a shop that wants to hear.

    All workers look at one.
    """
    told = json.loads((kept("site", _open_site) / "site.json").read_text())
    return Site(told["base"], Path(told["home"]), starts=told["starts"])


def _open_site(place: Path) -> None:
    home = Path(mkdtemp(prefix="site-", dir=place.parent))
    served = demo_begun(home)
    for process in served.processes:
        leave_running(process)
    served.wait()
    _begin_exam(served)
    made = (
        ("manager", "/manage/groups", {"name": "first"}),
        ("admin", "/admin/groups", {"name": "all"}),
        ("admin", "/admin/webhooks", {"url": "http://127.0.0.1:9/hooks"}),
    )
    for part, path, fields in made:
        with signed_in(served, part) as client:
            form = Found(client.get(path)).form(path)
            assert client.post(path, data={**form.fields, **fields}).is_success
    _upload(served)
    _open_doors(served)
    told = {"base": served.base, "home": str(served.home), "starts": served.starts}
    (place / "site.json").write_text(json.dumps(told))


def _upload(site: Site) -> None:
    """An import tried out, and a reconciliation."""
    day = datetime.now(UTC).date().isoformat()
    sheets = (
        (
            "/admin/imports",
            {"kind": "vips"},
            "external_id,name,phone,registered_at\nvip-99,Wu,13900000099,2026-11-01\n",
        ),
        ("/admin/reconciliation", {"first": day, "last": day}, "number,status,paid_fen\nD-2026-1011,paid,12900\n"),
    )
    for path, fields, sheet in sheets:
        with signed_in(site, "admin") as client:
            form = Found(client.get(path)).form(path)
            sent = {**form.fields, **fields}
            answer = client.post(path, data=sent, files={"file": ("sheet.csv", sheet.encode(), "text/csv")})
            assert answer.is_success, answer.text
            site.starts.setdefault("admin", []).append(answer.url.path)


def _open_doors(site: Site) -> None:
    """The links that buyers, suppliers and a reporter were given."""
    site.to_the_morning()
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience and not (site.told(ASKED) and site.told(ARRIVED) and site.letters(SUPPLIER)):
        time.sleep(0.1)
    letter = re.search(r"/p/\w+", site.letters(SUPPLIER)[-1].get_content())
    assert letter
    consents = [re.sub(r".*(?=/r/)", "", link) for link in site.told(ASKED)]
    rated = re.sub(r".*(?=/o/)", "", site.told(ARRIVED)[-1])
    site.starts["visitor"] = [letter[0], rated, *consents, *(f"{one}/letter" for one in consents), _report(site)]
    with signed_in(site, "visitor") as client:
        site.starts["visitor"] += [one for one in Found(client.get(rated)).links if "/rating" in one]
    with signed_in(site, "owner") as client:
        agreed = [one for one in Found(client.get("/mandates")).links if one.startswith("/mandates/")]
    site.starts["owner"] = [f"{one}/letter" for one in agreed] + _published(site)
    _find_honours(site)


def _find_honours(site: Site) -> None:
    """The month whose awards are over, as staff sees it, and where an owner appeals against her star."""
    with signed_in(site, "owner") as client:
        over = next(one for one in _links(client, "/awards") if re.match(r"/awards/\d", one))
        month = next(one[:14] for one in _links(client, "/stars") if re.match(r"/stars/\d{4}-\d\d", one))
    site.starts["owner"].append(f"{month}/appeal")
    site.starts.setdefault("admin", []).append(f"/admin{over}")
    yesterday = (datetime.now(UTC) + site.skipped - timedelta(days=1)).date().isoformat()
    for part, figures in (("admin", "/admin/figures"), ("manager", "/manage/figures")):
        site.starts.setdefault(part, []).append(f"{figures}/lost/{yesterday}")
    verdict = _verdict(site)
    site.starts["visitor"] += [verdict, f"{verdict.partition('/verdicts/')[0]}/white"]
    with signed_in(site, "desk lead") as client:
        drafts = [one for one in _links(client, "/desk/cases?show=draft") if re.match(r"/desk/cases/[\w-]+$", one)]
        site.starts["desk lead"] = [f"{one}/draft" for one in drafts[:1]]


def _verdict(site: Site) -> str:
    """Where a supplier reads, by its link, why it was judged so."""
    patience = time.monotonic() + PATIENCE
    with signed_in(site, "visitor") as client:
        while time.monotonic() < patience:
            doors = {one for letter in site.letters("") for one in re.findall(r"/p/\w+", letter.get_content())}
            for door in sorted(doors):
                found = [one for one in _links(client, door) if "/verdicts/" in one]
                if found:
                    return found[0]
            time.sleep(0.2)
    raise AssertionError("no supplier was written to about a verdict")


def _published(site: Site) -> list[str]:
    """Where owners read what an inspection has found; a notice leads there."""
    with signed_in(site, "desk lead") as client:
        listed = Found(client.get("/desk/inspections?show=all")).links
        shown = [link for path in listed if re.match(r"/desk/inspections/\w+$", path) for link in _links(client, path)]
    return [link for link in shown if link.startswith("/inspections/")]


def _links(client: httpx.Client, path: str) -> list[str]:
    return Found(client.get(path)).links


def _report(site: Site) -> str:
    """Where a stranger who reported a share reads what became of it."""
    with signed_in(site, "owner") as client:
        link = next(one for one in Found(client.get("/share")).links if "/share/links/" in one)
    path = f"/s/{link.rpartition('/')[2]}/report"
    with signed_in(site, "visitor") as client:
        form = Found(client.get(path)).form(path)
        sent = {**form.fields, "what": "price", "text": "The price was another one."}
        answer = client.post(path, data=sent, files={"none": b""} if form.multipart else None)
    assert answer.url.path.startswith("/s/reports/"), answer.text
    return answer.url.path


def _begin_exam(site: Site) -> None:
    with signed_in(site, "ready owner") as client:
        page = Found(client.get("/exams"))
        form = next(form for form in page.forms if form.action.endswith("/attempts"))
        assert client.post(form.action, data=form.fields).url.path.startswith("/attempts/")


@pytest.fixture
def told(record_property: Any) -> Any:
    """Says a line at the end of the run, whoever ran the test."""

    def tell(line: object) -> None:
        record_property("told", str(line))

    return tell
