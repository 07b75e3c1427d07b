"""What staff do about a party: look at evidence, give time, propose and decide, judge appeals, record rewards."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from litestar import Controller, Request, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer
from portal.service.assessments import (
    appealing,
    cases,
    deciding,
    linking,
    mending,
    queries,
    ratings,
    telling,
    whitelist,
)
from portal.service.assessments.forms import AnswerForm, OutcomeForm, RewardForm, WishForm, WordsForm
from portal.service.assessments.pages import show_party, show_ratings
from portal.service.assessments.queries import HERE
from portal.service.assessments.states import Appealed

AnyRequest = Request[Any, Any, Any]
Act = Callable[[], Awaitable[object]]
NEEDS_KEEP = {"needs": Capability.KEEP_SUPPLIERS}
NEEDS_PROPOSE = {"needs": Capability.PROPOSE_STANDING}
NEEDS_CONFIRM = {"needs": Capability.CONFIRM_STANDING}


class StandingActs(Controller):
    """Each act comes back to the party's page."""

    path = HERE

    @post("/rectifications/{ref:str}/acceptance", opt=NEEDS_KEEP)
    async def accept(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form, at, party = signed_in(), await forms.read(request), now(), await _of_mending(ref)
        data = form.into(WordsForm)
        if data is None:
            return await show_party(request, party, form, "evidence")
        words = data.words
        act = partial(mending.accept, viewer.actor, viewer.person_id, ref, words, at)
        return await _sent(request, party, form, ("evidence", "accepted"), act)

    @post("/rectifications/{ref:str}/refusal", opt=NEEDS_KEEP)
    async def refuse(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form, at, party = signed_in(), await forms.read(request), now(), await _of_mending(ref)
        data = form.into(WordsForm)
        if data is None:
            return await show_party(request, party, form, "refusing")
        words = data.words
        act = partial(mending.refuse, viewer.actor, viewer.person_id, ref, words, at)
        return await _sent(request, party, form, ("refusing", "refused"), act)

    @post("/rectifications/{ref:str}/extension", opt=NEEDS_KEEP)
    async def extend(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form, at, party = signed_in(), await forms.read(request), now(), await _of_mending(ref)
        data = form.into(WordsForm)
        if data is None:
            return await show_party(request, party, form, "extension")
        words = data.words
        act = partial(mending.extend, viewer.actor, viewer.person_id, ref, words, at)
        return await _sent(request, party, form, ("extension", "extended"), act)

    @post("/parties/{external_id:str}/proposals", opt=NEEDS_PROPOSE)
    async def propose(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        viewer, form, at = signed_in(), await forms.read(request), now()
        data = form.into(WishForm)
        if data is None:
            return await show_party(request, external_id, form, "proposal")
        async with reading():
            firm = await queries.firm_by(external_id)
        wish, words = data.wish, data.words
        act = partial(deciding.propose, viewer.actor, viewer.person_id, firm, wish, words, at)
        return await _sent(request, external_id, form, ("proposal", "proposed"), act)

    @post("/parties/{external_id:str}/link", opt=NEEDS_KEEP)
    async def relink(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        viewer, form, at = signed_in(), await forms.read(request), now()
        async with reading():
            firm = await queries.firm_by(external_id)
        act = partial(linking.renew, viewer.actor, firm, at)
        return await _sent(request, external_id, form, ("link", "relinked"), act)

    @post("/proposals/{ref:str}/confirmation", opt=NEEDS_CONFIRM)
    async def confirm(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form, at, party = signed_in(), await forms.read(request), now(), await _of_proposal(ref)
        act = partial(deciding.confirm, viewer.actor, viewer.person_id, ref, at)
        return await _sent(request, party, form, ("decision", "confirmed"), act)

    @post("/proposals/{ref:str}/refusal", opt=NEEDS_CONFIRM)
    async def decline(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form, at, party = signed_in(), await forms.read(request), now(), await _of_proposal(ref)
        data = form.into(WordsForm)
        if data is None:
            return await show_party(request, party, form, "decision")
        words = data.words
        act = partial(deciding.decline, viewer.actor, viewer.person_id, ref, words, at)
        return await _sent(request, party, form, ("decision", "declined"), act)

    @post("/appeals/{ref:str}/review", opt=NEEDS_PROPOSE)
    async def review(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form, at, party = signed_in(), await forms.read(request), now(), await _of_appeal(ref)
        act = partial(appealing.review, viewer.actor, viewer.person_id, ref, at)
        return await _sent(request, party, form, ("appeal", "in_review"), act)

    @post("/appeals/{ref:str}/decision", opt=NEEDS_PROPOSE)
    async def judge(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form, at, party = signed_in(), await forms.read(request), now(), await _of_appeal(ref)
        data = form.into(OutcomeForm)
        if data is None:
            return await show_party(request, party, form, "appeal")
        words, reverse = data.words, data.outcome is Appealed.REVERSED
        act = partial(appealing.decide, viewer.actor, viewer.person_id, ref, words, at, reverse=reverse)
        return await _sent(request, party, form, ("appeal", "appeal_decided"), act)

    @post("/parties/{external_id:str}/incentives", opt=NEEDS_KEEP)
    async def reward(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        viewer, form, at = signed_in(), await forms.read(request), now()
        data = form.into(RewardForm)
        if data is None:
            return await show_party(request, external_id, form, "reward")
        async with reading():
            firm = await queries.firm_by(external_id)
        what = data.what
        act = partial(whitelist.reward, viewer.actor, viewer.person_id, firm, what, at)
        return await _sent(request, external_id, form, ("reward", "rewarded"), act)

    @post("/parties/{external_id:str}/answers", opt=NEEDS_KEEP)
    async def answer(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        viewer, form, at = signed_in(), await forms.read(request), now()
        data, which = form.into(AnswerForm), form.value("rating")
        if data is None:
            return await show_ratings(request, external_id, form, which)
        async with reading():
            party_id = (await queries.firm_by(external_id)).id
        rating, words = data.rating, data.words

        async def act() -> str:
            await ratings.answer(viewer.actor, viewer.person_id, party_id, rating, words, at)
            return f"{telling.party_way(external_id)}/ratings"

        try:
            return await forms.once(request, act, "assessments.toast.answered")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused, "words")
            return await show_ratings(request, external_id, form, which, refused.status)


async def _sent(request: AnyRequest, external_id: str, form: Form, words: tuple[str, str], act: Act) -> Answer:
    which, toast = words

    async def acted() -> str:
        await act()
        return telling.party_way(external_id)

    try:
        return await forms.once(request, acted, f"assessments.toast.{toast}")
    except Refused as refused:
        form.refuse(Refused(refused.code, refused.params, field=refused.field), "words")
        return await show_party(request, external_id, form, which, refused.status)


async def _of_mending(ref: str) -> str:
    async with reading():
        return (await cases.mending(ref)).external_id


async def _of_proposal(ref: str) -> str:
    async with reading():
        return (await cases.proposal(ref)).external_id


async def _of_appeal(ref: str) -> str:
    async with reading():
        return (await cases.appeal(ref)).external_id


ROUTES: list[Any] = [StandingActs]
