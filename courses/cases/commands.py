"""The cases that come with the software, put in where they are not yet; nobody's change is undone."""

import asyncio
import hashlib
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path

from courses.cases import actions, queries
from courses.cases.actions import Draft
from courses.cases.rules import LANGUAGES, PARTS, Kind, State, Telling, Topic
from portal.core.base import site_settings
from portal.core.base.audit import SYSTEM
from portal.core.base.database import writing

SHIPPED = Path(__file__).with_name("shipped")
PUT_IN = "cases.shipped"  # the setting that says which were put in last


async def ensure_shipped(at: datetime) -> int:
    """Put in what is missing, and anew what nobody has touched since it came; returns how many that were."""
    shelf = await asyncio.to_thread(shipped)
    put = 0
    async with writing():
        # The setting's row is held, so that two at once come one after the other.
        await site_settings.change(SYSTEM, PUT_IN, _digest(shelf), at)
        for ref, draft in shelf.items():
            put += await _put(ref, draft, _digest(draft), at)
    return put


async def any_new() -> bool:
    """Whether the software came with cases that were not put in yet. Call inside a door."""
    return await site_settings.value(PUT_IN, "") != _digest(await asyncio.to_thread(shipped))


async def _put(ref: str, draft: Draft, digest: str, at: datetime) -> bool:
    known = await queries.case(ref)
    if known is None:
        await actions.make(SYSTEM, draft, at, ref=ref)
    elif known.shipped in (None, digest) or known.state != State.PUBLISHED:
        return False
    else:
        await actions.revise(SYSTEM, ref, known.mark, at)
        await actions.save(SYSTEM, ref, draft, known.mark + 1, at)
    found = await actions.required(ref)
    await actions.put_out(SYSTEM, found, State.DRAFT, found.mark, at, digest)
    return True


@cache
def shipped() -> dict[str, Draft]:
    """The files do not change while the program runs; KeyError or ValueError: they were shipped broken."""
    return {
        path.stem: _draft(tomllib.loads(path.read_text(encoding="utf-8"))) for path in sorted(SHIPPED.glob("*.toml"))
    }


def _draft(told: dict[str, dict[str, str]]) -> Draft:
    head = told["case"]
    tellings = {language: Telling(*(told[language][part].strip() for part in PARTS)) for language in LANGUAGES}
    return Draft(Kind(head["kind"]), Topic(head["topic"]), head.get("goods"), tellings)


def _digest(of: object) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()
