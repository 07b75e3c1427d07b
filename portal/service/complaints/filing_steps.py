"""Filing in three steps, the same for everybody: which goods; what happened; what would make it right, and send.

Each step is a page of its own address, and what is told is kept at once: going back loses nothing, and a network
that drops leaves the draft where it was.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Request

from portal.core.base import site_settings
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page, see_other
from portal.service.complaints import drafts, evidence, faces, filing, finding, promise, queries
from portal.service.complaints.clocks import Policy
from portal.service.complaints.drafts import Draft
from portal.service.complaints.filing import Filing
from portal.service.complaints.forms import AGENT_CHANNELS, GoodsForm, StoryForm, WishForm
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import (
    FAMILIAR_FOR_DAYS,
    FAMILIAR_SETTING,
    FAMILY,
    LONGEST_TEXT,
    MOST_FILES,
    Channel,
    FiledBy,
    Function,
    Speaker,
    Urgency,
    Wanted,
    repeated,
)
from portal.service.orders.queries import OrderInfo

AnyRequest = Request[Any, Any, Any]
STEPS = (1, 2, 3)
SPEAKERS = {FiledBy.BUYER: Speaker.BUYER, FiledBy.OWNER: Speaker.OWNER, FiledBy.AGENT: Speaker.AGENT}


@dataclass(frozen=True, slots=True)
class Ground:
    """Whose hand files for whom, and where its pages are. `way_of` leads to a complaint as she may see it."""

    path: str
    params: tuple[tuple[str, str], ...]
    key: str
    vip_id: int
    vip_name: str
    order: OrderInfo | None
    filed_by: FiledBy
    person_id: int | None
    actor: Actor
    layout: str
    back: str
    way_of: Callable[[ComplaintInfo, datetime], Awaitable[str]]
    count: Callable[[datetime], Awaitable[None]] | None = None  # tries of strangers

    def step(self, number: int) -> str:
        return f"{self.path}?{urlencode([*self.params, ('step', number)])}"

    @property
    def lines(self) -> dict[int, str]:
        return {line.id: line.title for line in self.order.present} if self.order else {}


def step_of(request: AnyRequest) -> int:
    wanted = request.query_params.get("step", "1")
    return int(wanted) if wanted in ("2", "3") else 1


async def show(request: AnyRequest, ground: Ground) -> Answer:
    """The step that is asked for, or the one before it that is not done."""
    async with reading():
        told = await drafts.draft(ground.key)
    step = step_of(request)
    if told is None and step > 1:
        return see_other(request, ground.step(1))
    if step == 3 and told is not None and not told.told:
        return see_other(request, ground.step(2))
    return await _page(request, ground, step, told or Draft(), None)


async def take(request: AnyRequest, ground: Ground) -> Answer:
    """What a step sends."""
    form, step = await forms.read(request), step_of(request)
    async with reading():
        told = await drafts.draft(ground.key)
    if step == 1:
        return await _take_goods(request, ground, told or Draft(), form)
    if step == 2 and told is not None:
        return await _take_story(request, ground, told, form)
    return await _send(request, ground, told, form)


async def _take_goods(request: AnyRequest, ground: Ground, told: Draft, form: Form) -> Answer:
    data = form.into(GoodsForm)
    if data is not None and any(line not in ground.lines for line in data.lines):
        form.add("lines", "refusal.complaint_line_unknown")
    if data is not None and ground.filed_by is FiledBy.AGENT and data.channel not in AGENT_CHANNELS:
        form.add("channel", "required")
    if data is None or form.faults:
        return await _page(request, ground, 1, told, form)
    channel = data.channel if ground.filed_by is FiledBy.AGENT else Channel.PORTAL
    await drafts.keep(ground.key, ground.vip_id, replace(told, lines=tuple(data.lines), channel=channel), now())
    return see_other(request, ground.step(2))


async def _take_story(request: AnyRequest, ground: Ground, told: Draft, form: Form) -> Answer:
    """Files are kept even where the words are not right yet, and the other way round."""
    at, data = now(), form.into(StoryForm)
    dropped = {int(number) for number in form.values("drop") if number in {str(n) for n in range(1, MOST_FILES + 1)}}
    told = replace(told, files=tuple(one for n, one in enumerate(told.files, 1) if n not in dropped))
    try:
        sent = await evidence.uploads(request)
        if sent and ground.count is not None:
            await ground.count(at)
        told = replace(told, files=await evidence.keep(sent, told.files))
    except Refused as refused:
        form.refuse(refused, evidence.FIELD)
    if data is not None:
        told = replace(told, function=data.function, text=data.text)
    await drafts.keep(ground.key, ground.vip_id, told, at)
    if form.faults:
        return await _page(request, ground, 2, told, form)
    return see_other(request, ground.step(3))


async def _send(request: AnyRequest, ground: Ground, told: Draft | None, form: Form) -> Answer:
    at, data = now(), form.into(WishForm)
    if data is None and told is not None:
        return await _page(request, ground, 3, told, form)
    wish = data or WishForm(Wanted.OTHER)

    async def act() -> str:
        draft = await drafts.take(ground.key)
        if draft is None or not draft.told:
            raise Refused("complaint_draft_gone")
        info = await filing.file(ground.actor, _filing(ground, draft, wish), at)
        await evidence.attach(info.id, draft.files, SPEAKERS[ground.filed_by], at)
        return await ground.way_of(info, at)

    try:
        if told is not None and ground.count is not None:
            await ground.count(at)
        return await forms.once(request, act, "complaints.toast.filed")
    except Refused as refused:
        if told is None or refused.code == "complaint_draft_gone":
            return see_other(request, ground.step(1))
        form.refuse(refused, "wanted")
        return await _page(request, ground, 3, told, form)


def _filing(ground: Ground, draft: Draft, wish: WishForm) -> Filing:
    assert draft.function is not None
    return Filing(
        vip_id=ground.vip_id,
        order_id=ground.order.id if ground.order else None,
        lines=draft.lines,
        function=draft.function,
        wanted=wish.wanted,
        urgency=wish.urgency,
        text=draft.text,
        channel=draft.channel,
        filed_by=ground.filed_by,
        person_id=ground.person_id,
    )


async def _page(request: AnyRequest, ground: Ground, step: int, told: Draft, form: Form | None) -> Answer:
    at = now()
    async with reading():
        twin = await _twin(ground, told, at) if step != 2 else None
        policy = await promise.current_policy() or promise.FIRST
        by_agent = step == 2 and ground.filed_by is FiledBy.AGENT
        hers = await finding.alike_of(ground.vip_id, told.text, str(told.function or "")) if by_agent else []
    return await page(
        request,
        f"service/complaints/step_{step}.html",
        status=422 if form is not None else 200,
        headers={"X-Robots-Tag": "noindex, nofollow"},
        ground=ground,
        layout=ground.layout,
        told=told,
        form=form,
        step=step,
        twin=twin,
        twin_way=await ground.way_of(twin, at) if twin else None,
        called=faces.called,
        found=hers,
        functions=list(Function),
        wanted=list(Wanted),
        urgencies=list(Urgency),
        channels=AGENT_CHANNELS,
        due=_due(policy, at),
        most_text=LONGEST_TEXT,
        most_files=MOST_FILES,
        accepted=evidence.ACCEPTED,
        now=at,
    )


def _due(policy: Policy, at: datetime) -> tuple[datetime, datetime]:
    return at + policy.proposal, at + policy.compensation


async def _twin(ground: Ground, told: Draft, at: datetime) -> ComplaintInfo | None:
    """The open complaint that this one would repeat, or that the order has already. Inside a door."""
    days = int(await site_settings.value(FAMILIAR_SETTING, str(FAMILIAR_FOR_DAYS)))
    older = await queries.older_of(ground.vip_id, at - timedelta(days=days))
    order_id = ground.order.id if ground.order else None
    if told.function is not None:
        found = repeated(older, FAMILY[told.function], order_id)
        return await queries.by_id(found) if found is not None else None
    here = next((one.id for one in older if one.open and one.order_id == order_id), None)
    return await queries.by_id(here) if here is not None else None
