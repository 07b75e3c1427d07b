"""The articles and replies that come with the software, put in where they are not yet; nobody's change is undone."""

import asyncio
import hashlib
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from portal.core.base import site_settings
from portal.core.base.audit import SYSTEM
from portal.core.base.database import writing
from portal.core.web.i18n import LANGUAGES
from portal.service.knowledge import actions, templates, versions
from portal.service.knowledge.actions import Text
from portal.service.knowledge.rules import MONTHS, Audience, Function, State
from portal.service.knowledge.tables import Article, ReplyTemplate
from portal.service.knowledge.templates import Reply

SHIPPED = Path(__file__).with_name("shipped")
PUT_IN = "knowledge.shipped"  # the setting that says which were put in last
_FENCE = "+++\n"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is shipped, by ref, in the order in which readers see it."""

    articles: dict[str, tuple[Text, str]]  # with its digest
    replies: dict[str, tuple[Reply, str]]


async def ensure_shipped(at: datetime) -> int:
    """Put in what is missing, and anew what nobody has touched since it came; returns how many texts that were.

    Raises ValueError where a file cannot be read: then the software was shipped broken.
    """
    shelf = await asyncio.to_thread(shipped)
    put = 0
    async with writing():
        # The setting's row is held, so that two at once come one after the other.
        await site_settings.change(SYSTEM, PUT_IN, _digest(shelf), at)
        for ref, (text, digest) in shelf.articles.items():
            put += await _put_article(ref, text, digest, at)
        for ref, (reply, digest) in shelf.replies.items():
            put += await _put_reply(ref, reply, digest, at)
    return put


async def _put_article(ref: str, text: Text, digest: str, at: datetime) -> bool:
    known = await versions.article(ref)
    if known is None:
        await actions.make(SYSTEM, text, at, ref=ref)
    elif known.shipped in (None, digest) or (await versions.versions(known.id, 1))[0].state != State.PUBLISHED:
        return False
    else:
        await actions.save(SYSTEM, ref, text, at)
    found = await actions.required(ref)
    await actions.put_out(SYSTEM, found, (await versions.versions(found.id, 1))[0], at, digest)
    return True


async def _put_reply(ref: str, reply: Reply, digest: str, at: datetime) -> bool:
    rows = await ReplyTemplate.select(ReplyTemplate.shipped).where(ReplyTemplate.ref == ref)
    if rows and rows[0]["shipped"] in (None, digest):
        return False
    if rows:
        await templates.renew(ref, reply, digest, at)
    else:
        await templates.put(SYSTEM, ref, reply, None, at, digest)
    return True


async def any_new() -> bool:
    """Whether the software came with texts that were not put in yet. Call inside a door."""
    return await site_settings.value(PUT_IN, "") != _digest(await asyncio.to_thread(shipped))


async def any_article() -> bool:
    """Whether somebody has begun already. Call inside a door."""
    return bool(await Article.select(Article.id).limit(1))


@cache
def shipped() -> Shelf:
    """The files do not change while the program runs."""
    return Shelf(_articles(SHIPPED / "articles"), _replies(SHIPPED / "replies.toml"))


def _articles(folder: Path) -> dict[str, tuple[Text, str]]:
    found = []
    for path in folder.glob(f"*.{LANGUAGES[0]}.md"):
        ref = path.name.removesuffix(f".{LANGUAGES[0]}.md")
        editions = {language: _edition(folder / f"{ref}.{language}.md") for language in LANGUAGES}
        facts = editions[LANGUAGES[0]][0]
        text = Text(
            titles={language: str(head["title"]) for language, (head, _) in editions.items()},
            bodies={language: body for language, (_, body) in editions.items()},
            audiences=tuple(Audience(name) for name in facts["audiences"]),  # type: ignore[attr-defined]
            topic=Function(str(facts["topic"])),
            product=None,
            months=MONTHS,
        )
        found.append((int(str(facts["place"])), ref, text))
    return {ref: (text, _digest(text)) for _, ref, text in sorted(found, key=lambda one: one[0])}


def _edition(path: Path) -> tuple[dict[str, object], str]:
    """The head between its fences, and the body."""
    blank, _, rest = path.read_text(encoding="utf-8").partition(_FENCE)
    head, fence, body = rest.partition(_FENCE)
    if blank or not fence or not body.strip():
        raise ValueError(f"{path.name}: no head or no body")
    return tomllib.loads(head), body.strip()


def _replies(path: Path) -> dict[str, tuple[Reply, str]]:
    found = {}
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["replies"]:
        topic = Function(row["topic"]) if "topic" in row else None
        reply = Reply(
            row["name"], topic, shared=True, texts={language: row[language].strip() for language in LANGUAGES}
        )
        found[str(row["ref"])] = (reply, _digest(reply))
    return found


def _digest(of: object) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()
