"""Writing an article, a reviewer's yes or no, taking it away, saying that it still holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.catalogue.markdown import render_lesson
from portal.core.base import audit, search, site_settings
from portal.core.base.audit import Actor
from portal.core.base.clock import site_zone
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.queries import PersonInfo
from portal.core.people.rules import Role
from portal.core.web.i18n import LANGUAGES
from portal.service.knowledge import versions
from portal.service.knowledge.queries import body_kind, title_kind
from portal.service.knowledge.rules import MONTHS, Audience, Function, State, review_at
from portal.service.knowledge.tables import Article, ArticleEdition, ArticleVersion
from portal.service.knowledge.versions import ArticleInfo, VersionInfo

MONTHS_SETTING = "knowledge.review_months"
OPEN_STATES = (State.DRAFT, State.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Text:
    """What a writer gives: titles and bodies by language (a draft may lack one), whom it is for, what about."""

    titles: Mapping[str, str]
    bodies: Mapping[str, str]
    audiences: tuple[Audience, ...]
    topic: Function | None
    product: str | None
    months: int


async def usual_months() -> int:
    """After how many months articles are read again unless somebody says otherwise. Call inside a door."""
    return int(await site_settings.value(MONTHS_SETTING, str(MONTHS)))


async def required(ref: str) -> ArticleInfo:
    """The article. Raises NotFound."""
    found = await versions.article(ref)
    if found is None:
        raise NotFound
    return found


async def make(actor: Actor, text: Text, at: datetime, *, ref: str | None = None) -> str:
    """A new article with its first draft; returns its ref."""
    async with writing():
        row = Article(ref=ref or new_ref()[:12], made_at=at)
        article_id = int((await Article.insert(row))[0]["id"])
        await _write(actor, article_id, 1, text, at)
        await audit.record(actor, "article.made", ("article", article_id), at)
    return str(row.ref)


async def save(actor: Actor, ref: str, text: Text, at: datetime, seen: str | None = None) -> int:
    """Keep a draft: the open one anew, or the next version. Returns its number.

    `seen` is the mark of the version that the writer began from. Raises Refused("article_in_review") while a reviewer
    has it, Refused("article_moved_on") where somebody else has written since.
    """
    async with writing():
        found = await _held(ref)
        last = await _last(found.id)
        if seen is not None and seen != last.mark:
            raise Refused("article_moved_on")
        if last.state == State.SUBMITTED:
            raise Refused("article_in_review")
        if last.state == State.DRAFT:
            await _forget(last)
        number = last.number if last.state == State.DRAFT else last.number + 1
        await _write(actor, found.id, number, text, at)
        await audit.record(actor, "article.saved", ("article", found.id), at, {"version": number})
    return number


async def _held(ref: str) -> ArticleInfo:
    """The article, its row held until the end of the transaction."""
    found = await required(ref)
    await Article.update({Article.made_at: Article.made_at}).where(Article.id == found.id)
    return await required(ref)


async def _last(article_id: int) -> VersionInfo:
    return (await versions.versions(article_id, 1))[0]


async def _forget(draft: VersionInfo) -> None:
    await ArticleEdition.delete().where(ArticleEdition.version == draft.id)
    await ArticleVersion.delete().where(ArticleVersion.id == draft.id)


async def _write(actor: Actor, article_id: int, number: int, text: Text, at: datetime) -> None:
    row = ArticleVersion(
        article=article_id,
        number=number,
        state=str(State.DRAFT),
        audiences=",".join(text.audiences),
        topic=str(text.topic) if text.topic else None,
        product=text.product,
        months=text.months,
        written_by=actor.id if actor.kind == "person" else None,
        written_at=at,
    )
    version_id = int((await ArticleVersion.insert(row))[0]["id"])
    for language in LANGUAGES:
        title, body = text.titles.get(language, ""), text.bodies.get(language, "")
        if title or body:
            html = render_lesson(body, {}, language)
            await ArticleEdition.insert(
                ArticleEdition(version=version_id, language=language, title=title, body=body, html=html)
            )


async def submit(actor: Actor, ref: str, at: datetime) -> None:
    """Ask for a reviewer's yes. Raises Refused where the draft lacks a language, an audience, or is none."""
    async with writing():
        found = await _held(ref)
        draft = await _last(found.id)
        if draft.state != State.DRAFT:
            raise Refused("article_no_draft")
        if lacking := lacks(draft):
            raise Refused(lacking)
        await _move(draft, State.DRAFT, State.SUBMITTED)
        await audit.record(actor, "article.submitted", ("article", found.id), at, {"version": draft.number})
        leads = [person for person in await people.people_with_role(Role.DESK_LEAD, 20) if person.id != actor.id]
        await tell(leads, "article_submitted", draft, ref, at)


def lacks(draft: VersionInfo) -> str | None:
    """The code of what a draft lacks before it can be reviewed."""
    if not all(one.title and one.body for one in draft.editions.values()) or not draft.complete:
        return "article_incomplete"
    return None if draft.audiences else "article_for_nobody"


async def tell(persons: Iterable[PersonInfo], kind: str, version: VersionInfo, ref: str, at: datetime) -> None:
    """A notice about an article, its title in each reader's language, in the caller's transaction."""
    for person in persons:
        await notify(person.id, kind, {"title": version.title(person.language)}, at, way=f"/desk/knowledge/{ref}")


async def _move(version: VersionInfo, before: State, after: State, **changes: Any) -> None:
    moved: dict[Any, Any] = {"state": str(after), **changes}
    rows = (
        await ArticleVersion.update(moved)
        .where(ArticleVersion.id == version.id, ArticleVersion.state == str(before))
        .returning(ArticleVersion.id)
    )
    if not rows:
        raise Refused("article_moved_on")


async def _in_review(ref: str, number: int) -> tuple[ArticleInfo, VersionInfo]:
    found = await _held(ref)
    version = await _last(found.id)
    if version.state != State.SUBMITTED or version.number != number:
        raise Refused("article_moved_on")
    return found, version


async def send_back(actor: Actor, ref: str, number: int, note: str, at: datetime) -> None:
    """A reviewer's no with its reason: it is a draft again."""
    async with writing():
        found, version = await _in_review(ref, number)
        await _move(version, State.SUBMITTED, State.DRAFT, note=note, decided_by=actor.id, decided_at=at)
        await audit.record(actor, "article.sent_back", ("article", found.id), at, {"version": number})
        await _tell_writer(version, "article_sent_back", ref, at)


async def publish(actor: Actor, ref: str, number: int, at: datetime) -> None:
    """A reviewer's yes: readers see this version from now on. Raises Refused("article_own") for its own writer."""
    async with writing():
        found, version = await _in_review(ref, number)
        if actor.kind == "person" and actor.id == version.written_by:
            raise Refused("article_own")
        await put_out(actor, found, version, at)
        await _tell_writer(version, "article_published", ref, at)


async def put_out(
    actor: Actor, found: ArticleInfo, version: VersionInfo, at: datetime, shipped: str | None = None
) -> None:
    """Make a version the one that readers see, in the caller's transaction."""
    by = actor.id if actor.kind == "person" else None
    await ArticleVersion.update({ArticleVersion.state: str(State.REPLACED)}).where(
        ArticleVersion.article == found.id, ArticleVersion.state == str(State.PUBLISHED)
    )
    await _move(version, version.state, State.PUBLISHED, decided_by=by, decided_at=at, note=None)
    await Article.update(
        published=version.number,
        for_buyer=Audience.BUYER in version.audiences,
        for_owner=Audience.OWNER in version.audiences,
        for_agent=Audience.AGENT in version.audiences,
        topic=str(version.topic) if version.topic else None,
        product=version.product,
        review_at=review_at(at, version.months, site_zone()),
        told_at=None,
        retired_at=None,
        retired_by=None,
        shipped=shipped,
    ).where(Article.id == found.id)
    await _make_found(found.id, version)
    await audit.record(actor, "article.published", ("article", found.id), at, {"version": version.number})


async def _make_found(article_id: int, version: VersionInfo) -> None:
    for language, edition in version.editions.items():
        await search.put_text(title_kind(language), article_id, edition.title)
        text = f"{edition.title} {version.product or ''} {edition.body}"
        await search.put_text(body_kind(language), article_id, text)


async def _tell_writer(version: VersionInfo, kind: str, ref: str, at: datetime) -> None:
    writer = await people.person(version.written_by) if version.written_by is not None else None
    await tell([writer] if writer else [], kind, version, ref, at)


async def still_true(actor: Actor, ref: str, at: datetime) -> None:
    """Somebody has read it again and it holds: its next review is due after its months."""
    async with writing():
        found = await _held(ref)
        version = await versions.version(found.id, found.published) if found.published else None
        if version is None or found.retired_at is not None:
            raise Refused("article_not_out")
        due = review_at(at, version.months, site_zone())
        await Article.update({Article.review_at: due, Article.told_at: None}).where(Article.id == found.id)
        await audit.record(actor, "article.confirmed", ("article", found.id), at, {"version": version.number})


async def retire(actor: Actor, ref: str, at: datetime) -> None:
    """Readers do not find it any more; it comes back when a new version is published."""
    async with writing():
        found = await _held(ref)
        rows = (
            await Article.update(
                {
                    Article.retired_at: at,
                    Article.retired_by: actor.id,
                    Article.review_at: None,
                    Article.shipped: None,
                }
            )
            .where(Article.id == found.id, Article.retired_at.is_null(), Article.published.is_not_null())
            .returning(Article.id)
        )
        if not rows:
            raise Refused("article_not_out")
        for language in LANGUAGES:
            await search.drop_text(title_kind(language), found.id)
            await search.drop_text(body_kind(language), found.id)
        await audit.record(actor, "article.retired", ("article", found.id), at)


async def set_months(actor: Actor, months: int, at: datetime) -> None:
    """After how many months new articles are read again."""
    await site_settings.change(actor, MONTHS_SETTING, str(months), at)
