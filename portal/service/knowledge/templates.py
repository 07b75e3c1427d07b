"""Reply templates: which fit, what they say filled in, and keeping them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.policy import Capability
from portal.core.web.i18n import t
from portal.core.web.viewer import Viewer
from portal.service.knowledge.rules import VARIABLES, Function, fill
from portal.service.knowledge.tables import ReplyTemplate, ReplyText

MOST = 200  # of one kind that are listed: a desk that has more has to retire some


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A template with its texts by language; without `person_id` it is everybody's at the desk."""

    id: int
    ref: str
    name: str
    topic: Function | None
    person_id: int | None
    uses: int
    used_at: datetime | None
    changed_at: datetime
    retired_at: datetime | None
    texts: Mapping[str, str]

    @property
    def shared(self) -> bool:
        return self.person_id is None

    @property
    def mark(self) -> str:
        """What tells this text from any later one."""
        return str(int(self.changed_at.timestamp() * 1_000_000))


@dataclass(frozen=True, slots=True)
class ReplyChoice:
    """A template as it is offered beside a conversation, in one language."""

    id: int
    ref: str
    name: str
    text: str
    topic: Function | None
    personal: bool


_ROWS = (
    "SELECT r.id, r.ref, r.name, r.topic, r.person, r.uses, r.used_at, r.changed_at, r.retired_at, x.language, x.text"
    " FROM reply_templates r LEFT JOIN reply_texts x ON x.template = r.id"
)


async def _listed(condition: str, *values: object) -> list[TemplateInfo]:
    found: dict[int, dict[str, Any]] = {}
    for row in await ReplyTemplate.raw(f"{_ROWS} WHERE {condition} ORDER BY r.name, r.id", *values):
        one = found.setdefault(row["id"], {**row, "texts": {}})
        if row["language"]:
            one["texts"][row["language"]] = row["text"]
    return [_info(row) for row in found.values()]


def _info(row: dict[str, Any]) -> TemplateInfo:
    return TemplateInfo(
        id=row["id"],
        ref=row["ref"],
        name=row["name"],
        topic=Function(row["topic"]) if row["topic"] else None,
        person_id=row["person"],
        uses=row["uses"],
        used_at=row["used_at"],
        changed_at=row["changed_at"],
        retired_at=row["retired_at"],
        texts=row["texts"],
    )


async def shared_and_own(person_id: int, topic: Function | None = None) -> list[TemplateInfo]:
    """The desk's templates and this person's, by name. Call inside a door."""
    only = " AND r.topic = {}" if topic else ""
    return await _listed(
        "r.id IN (SELECT r.id FROM reply_templates r WHERE r.retired_at IS NULL"  # noqa: S608
        f" AND (r.person IS NULL OR r.person = {{}}){only} ORDER BY r.id LIMIT {{}})",
        *(person_id, *((str(topic),) if topic else ()), MOST),
    )


async def template(ref: str, person_id: int) -> TemplateInfo | None:
    """One that this person may use; another's own is not found. Call inside a door."""
    found = await _listed("r.ref = {} AND (r.person IS NULL OR r.person = {})", ref[:60], person_id)
    return found[0] if found else None


async def templates_for(
    category: str | None, language: str, person_id: int | None = None, limit: int = 30
) -> list[ReplyChoice]:
    """What may be said in this language: those of the category first, then general ones, the most used first.

    With `person_id` her own stand among them. Call inside a door.
    """
    rows = await ReplyTemplate.raw(
        "SELECT r.id, r.ref, r.name, x.text, r.topic, r.person FROM reply_templates r"
        " JOIN reply_texts x ON x.template = r.id AND x.language = {}"
        " WHERE r.retired_at IS NULL AND (r.person IS NULL OR r.person = {}) AND (r.topic IS NULL OR r.topic = {})"
        " ORDER BY (CASE WHEN r.topic IS NULL THEN 1 ELSE 0 END), r.uses DESC, r.name, r.id LIMIT {}",
        *(language, person_id or 0, category or "", limit),
    )
    return [
        ReplyChoice(
            row["id"],
            row["ref"],
            row["name"],
            row["text"],
            Function(row["topic"]) if row["topic"] else None,
            row["person"] is not None,
        )
        for row in rows
    ]


def filled(template: ReplyChoice | str, values: Mapping[str, str | None]) -> str:
    """The text with its variables filled. What is missing or unknown stays as a gap to be filled by hand; whoever
    sends asks `rules.has_gaps` first."""
    text = template if isinstance(template, str) else template.text
    return fill(text, values, variable_names())


def variable_names() -> dict[str, str]:
    """What each variable is called in the language of the reader in hand."""
    return {name: t(f"knowledge.variable.{name}") for name in VARIABLES}


async def count_use(template_id: int, at: datetime) -> None:
    """A reply was sent that began with this template, in the caller's transaction."""
    await ReplyTemplate.update({ReplyTemplate.uses: ReplyTemplate.uses + 1, ReplyTemplate.used_at: at}).where(
        ReplyTemplate.id == template_id
    )


# ---- keeping them ----


@dataclass(frozen=True, slots=True)
class Reply:
    """What is kept of a template; `shared`: for everybody at the desk."""

    name: str
    topic: Function | None
    shared: bool
    texts: Mapping[str, str]


def may_change(viewer: Viewer, *, shared: bool, person_id: int | None) -> bool:
    """Shared ones are changed by reviewers, her own by herself."""
    return viewer.may(Capability.REVIEW_KNOWLEDGE) if shared else person_id in (None, viewer.person_id)


async def make(viewer: Viewer, reply: Reply, at: datetime) -> str:
    """A new template; returns its ref. Raises Forbidden for a shared one by somebody who does not review."""
    if not may_change(viewer, shared=reply.shared, person_id=None):
        raise Forbidden("template_shared")
    return await put(viewer.actor, new_ref()[:12], reply, None if reply.shared else viewer.person_id, at)


async def put(
    actor: Actor, ref: str, reply: Reply, person_id: int | None, at: datetime, shipped: str | None = None
) -> str:
    """The row and its texts."""
    async with writing():
        row = ReplyTemplate(
            ref=ref,
            person=person_id,
            topic=str(reply.topic) if reply.topic else None,
            name=reply.name,
            changed_at=at,
            changed_by=actor.id if actor.kind == "person" else None,
            shipped=shipped,
        )
        template_id = int((await ReplyTemplate.insert(row))[0]["id"])
        await _put_texts(template_id, reply.texts)
        await audit.record(actor, "reply_template.made", ("reply_template", template_id), at)
    return ref


async def renew(ref: str, reply: Reply, shipped: str, at: datetime) -> None:
    """A newer text of what came with the software, where nobody has changed the older one."""
    async with writing():
        rows = (
            await ReplyTemplate.update({ReplyTemplate.name: reply.name, ReplyTemplate.shipped: shipped})
            .where(ReplyTemplate.ref == ref, ReplyTemplate.shipped.is_not_null())
            .returning(ReplyTemplate.id)
        )
        for row in rows:
            await _put_texts(row["id"], reply.texts)
            await audit.record(SYSTEM, "reply_template.changed", ("reply_template", row["id"]), at)


async def _put_texts(template_id: int, texts: Mapping[str, str]) -> None:
    await ReplyText.delete().where(ReplyText.template == template_id)
    await ReplyText.insert(
        *(ReplyText(template=template_id, language=language, text=text) for language, text in texts.items() if text)
    )


async def change(viewer: Viewer, ref: str, reply: Reply, seen: str, at: datetime) -> None:
    """Keep it anew; `seen` is the mark of the text that she began from. Whose it is stays.

    Raises NotFound, Forbidden, or Refused where somebody else has changed it since.
    """
    async with writing():
        found = await _own(viewer, ref)
        if found.mark != seen:
            raise Refused("template_moved_on")
        rows = (
            await ReplyTemplate.update(
                {
                    ReplyTemplate.name: reply.name,
                    ReplyTemplate.topic: str(reply.topic) if reply.topic else None,
                    ReplyTemplate.changed_at: at,
                    ReplyTemplate.changed_by: viewer.person_id,
                    ReplyTemplate.shipped: None,
                }
            )
            .where(ReplyTemplate.id == found.id, ReplyTemplate.changed_at == found.changed_at)
            .returning(ReplyTemplate.id)
        )
        if not rows:
            raise Refused("template_moved_on")
        await _put_texts(found.id, reply.texts)
        await audit.record(viewer.actor, "reply_template.changed", ("reply_template", found.id), at)


async def retire(viewer: Viewer, ref: str, at: datetime) -> None:
    """It is offered no more. Doing it again changes nothing."""
    async with writing():
        found = await _own(viewer, ref)
        rows = (
            await ReplyTemplate.update({ReplyTemplate.retired_at: at})
            .where(ReplyTemplate.id == found.id, ReplyTemplate.retired_at.is_null())
            .returning(ReplyTemplate.id)
        )
        if rows:
            await audit.record(viewer.actor, "reply_template.retired", ("reply_template", found.id), at)


async def _own(viewer: Viewer, ref: str) -> TemplateInfo:
    found = await template(ref, viewer.person_id)
    if found is None:
        raise NotFound
    if not may_change(viewer, shared=found.shared, person_id=found.person_id):
        raise Forbidden("template_shared")
    return found
