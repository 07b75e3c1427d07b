"""Chapter three: the exam. Saved at every tap, kept without a network, failed once, and passed."""

from collections.abc import Mapping

from certification.exams.tables import Attempt
from portal.core.base.database import reading
from tests import make
from tests.journeys.learning import give
from tests.journeys.phone import Phone
from tests.journeys.story import Story, by_hand

MARK = "#mark .saved"
NEXT = ".bar button[form=answer]"
BY_HAND = 10  # questions that are tapped in the first sitting; the others are sent through the same door


async def she_opens_the_exam(story: Story) -> str:
    """From her list of exams into the paper; returns the attempt's ref."""
    phone = story.owner
    await phone.go("/exams")
    await phone.snap("exams")
    await phone.tap_to("form[action$='/attempts'] button", "/attempts/")
    await phone.at("#exam").wait_for()
    return phone.path.rpartition("/")[2]


async def _answers(ref: str, *, well: bool) -> Mapping[int, object]:
    async with reading():
        rows = await Attempt.select(Attempt.id).where(Attempt.ref == ref)
    return await make.answers_of(rows[0]["id"], well=well)


async def she_fails(story: Story) -> None:
    """About half is right. The page is reloaded, and the network goes, in the midst of it."""
    phone, ref = story.owner, await she_opens_the_exam(story)
    right, wrong = await _answers(ref, well=True), await _answers(ref, well=False)
    mixed = {position: right[position] if position % 2 else wrong[position] for position in right}
    for position in range(1, BY_HAND + 1):
        await give(phone, mixed[position], "given", "given-")
        if position == 4:
            await phone.snap("exam question")
        await phone.at(f"{MARK}[data-saved=yes]").wait_for()
        if position == 3:
            await _reload(phone)
        if position < BY_HAND:
            await phone.tap_to(NEXT, f"/attempts/{ref}?q={position + 1}")
    await phone.tap_to(f".numbers [data-n='{BY_HAND + 1}']", f"/attempts/{ref}?q={BY_HAND + 1}")
    await _offline(story, phone, mixed[BY_HAND + 1])
    await _send_rest(story, ref, mixed, BY_HAND + 2)
    await _hand_in(story, ref)
    await phone.at(".exam-bar").wait_for(state="detached")
    await phone.says(story.begins("exams.failed.again"), ".next")
    await phone.snap("exam failed", main=True)
    await phone.go(f"/attempts/{ref}/mistakes")
    await phone.snap("mistakes")
    await _must_wait(story, phone)


async def _reload(phone: Phone) -> None:
    chosen = "JSON.stringify([...document.querySelectorAll('#answer :checked')].map((one) => one.value))"
    before = await phone.page.evaluate(chosen)
    await phone.page.reload()
    assert await phone.page.evaluate(chosen) == before
    await phone.at(f"{MARK}[data-saved=yes]").wait_for()


async def _offline(story: Story, phone: Phone, shown: object) -> None:
    """An answer given without a network is called kept, never saved; it goes out by itself."""
    await phone.context.set_offline(True)
    await give(phone, shown, "given", "given-")
    await phone.at(f"{MARK}[data-saved=no]").wait_for()
    await phone.at(".exam-bar .offline").wait_for()
    await phone.snap("exam, no network", main=True)
    await phone.context.set_offline(False)
    await phone.at(f"{MARK}[data-saved=yes]").wait_for()
    await phone.at(".exam-bar .offline").wait_for(state="detached")


async def _send_rest(story: Story, ref: str, answers: Mapping[int, object], first: int) -> None:
    async with by_hand(story.owner, story.language) as hand:
        state = (await hand.client.get(f"/attempts/{ref}/state")).json()
        assert len(state["answers"]) == first - 1
        for position in range(first, len(answers) + 1):
            sent = await hand.client.post(
                f"/attempts/{ref}/answers/{position}",
                json={"seq": 1, "given": answers[position]},
                headers={"X-CSRF-Token": state["csrf"]},
            )
            assert sent.json()["saved"], sent.text


async def _hand_in(story: Story, ref: str) -> None:
    phone = story.owner
    await phone.go(f"/attempts/{ref}/submission")
    await phone.says(story.t("exams.submission.all"), "h1")
    if "hand in" not in story.found:
        story.found["hand in"] = ref
        await phone.snap("hand in")
    await phone.tap("[form=hand-in]")
    await phone.page.wait_for_url(f"{phone.base}/attempts/{ref}")


async def _must_wait(story: Story, phone: Phone) -> None:
    """Twelve hours of rest: there is no button, and a page that still had one is refused."""
    await phone.go("/exams")
    assert await phone.at("form[action$='/attempts']").count() == 0
    await phone.says(story.begins("exams.failed.from"))
    await phone.snap("exams, resting")
    story.site.skip(hours=11)
    await phone.go("/exams")
    assert await phone.at("form[action$='/attempts']").count() == 0
    story.site.skip(hours=1, minutes=1)


async def she_passes(story: Story, name: str, tapped: int) -> None:
    """Everything right, the first few by hand."""
    phone, ref = story.owner, await she_opens_the_exam(story)
    right = await _answers(ref, well=True)
    for position in range(1, tapped + 1):
        await give(phone, right[position], "given", "given-")
        await phone.at(f"{MARK}[data-saved=yes]").wait_for()
        if position < tapped:
            await phone.tap_to(NEXT, f"/attempts/{ref}?q={position + 1}")
    await _send_rest(story, ref, right, tapped + 1)
    await _hand_in(story, ref)
    await phone.says(story.t("exams.passed.title", score=100), "h1")
    await phone.says(story.t("rights.passed.share"), ".next")
    await phone.snap(name, main=name == "exam passed")
