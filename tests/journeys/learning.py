"""Chapter two: she reads lessons on a phone whose network comes and goes, and answers their checkpoints."""

from collections.abc import Mapping
from typing import Any

from courses.progress import checkpoint, place
from courses.progress.place import CoursePlace, LessonState
from courses.progress.queries import checklist
from courses.questions.rules import shown_answer
from portal.core.base.database import reading
from tests import make
from tests.journeys.phone import Phone
from tests.journeys.story import Story, by_hand

SAVED = "#lesson-saved .saved"
READ = "#completion button"


async def her_courses(story: Story, purpose: str) -> list[CoursePlace]:
    """Where she stands in each course of her open registration for a purpose."""
    person = await story.owner_id()
    assignment = await make.open_assignment(person, purpose)
    async with reading():
        parts = (await checklist(person, assignment, story.language)).parts
        codes = [part.course_info.code for part in parts if part.course_info]
        return [await place.course_place(person, assignment, code, story.language) for code in codes]


async def _right_answers(story: Story, here: CoursePlace, lesson: LessonState, *, well: bool = True) -> list[object]:
    """The right (or wrong) answers of a checkpoint, numbered as on her screen."""
    assert here.enrolment_id is not None
    async with reading():
        asked = await checkpoint.load(here.enrolment_id, lesson.info.id, story.language)
    choose = make.right_answer if well else make.wrong_answer
    pairs = zip(asked.editions, asked.orders, strict=True)
    return [shown_answer(edition.question, order, choose(edition.question)) for edition, order in pairs]


def as_fields(shown: object, name: str, prefix: str) -> dict[str, str | list[str]]:
    """An answer as the fields of a question's form: `name` for one answer, `prefix` before each left of a matching."""
    if isinstance(shown, Mapping):
        return {f"{prefix}{left}": str(right) for left, right in shown.items()}
    if isinstance(shown, bool):
        return {name: "true" if shown else "false"}
    return {name: [str(one) for one in shown] if isinstance(shown, list) else str(shown)}


async def give(phone: Phone, shown: object, name: str, prefix: str) -> None:
    """Answer the question on the screen with a finger."""
    for field, value in as_fields(shown, name, prefix).items():
        if field != name:
            await phone.page.select_option(f'select[name="{field}"]', value)
        elif await phone.at(f'input[type=text][name="{field}"]').count():
            await phone.page.fill(f'[name="{field}"]', str(value))
        else:
            for one in value if isinstance(value, list) else [value]:
                await phone.tap(f'label.answer:has(input[name="{field}"][value="{one}"])')


async def she_reads_the_first_course(story: Story) -> None:
    """Lesson by lesson with her own hands: too early, place kept, without a network, then the questions."""
    phone = story.owner
    await phone.page.clock.install()
    await phone.go("/")
    await phone.tap_to(".next a.btn", "/learn/")
    await _too_early(story, phone)
    await _place_kept(story, phone)
    await _without_network(story, phone)
    while await phone.at("#completion").count():
        before = phone.path
        await _read(story, phone)
        await phone.page.wait_for_url(lambda url, before=before: before not in url)
    await _questions(story, phone)


async def _spend(story: Story, phone: Phone, seconds: int) -> None:
    """Time passes, here and on the server."""
    story.site.skip(seconds=seconds)
    await phone.page.clock.run_for(1000 * seconds)


async def _to_the_end(phone: Phone) -> None:
    await phone.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await phone.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def _read(story: Story, phone: Phone) -> None:
    await _spend(story, phone, 15)
    await _to_the_end(phone)
    await phone.tap(READ)


async def _too_early(story: Story, phone: Phone) -> None:
    """A lesson that was only opened is not read; what is missing stands beside the button."""
    await phone.snap("lesson", main=True)
    await phone.tap(READ)
    await phone.at("#lesson-note:not(:empty)").wait_for()
    await phone.snap("lesson, too early")


async def _place_kept(story: Story, phone: Phone) -> None:
    """Half way down, the page is loaded anew: she goes on where she was."""
    await phone.page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    await _spend(story, phone, 15)
    where = await phone.page.evaluate("scrollY")
    assert where > 400, "the lesson is longer than a screen"
    await phone.page.reload()
    await phone.page.wait_for_function("(where) => Math.abs(scrollY - where) < 60", arg=where)
    await _to_the_end(phone)
    before = phone.path
    await phone.tap(READ)
    await phone.page.wait_for_url(lambda url: before not in url)


async def _without_network(story: Story, phone: Phone) -> None:
    """ "Read" pressed without a network is kept on this phone, and sent once there is one again."""
    before = phone.path
    await phone.context.set_offline(True)
    await _read(story, phone)
    await phone.says(story.t("progress.saved.done"), SAVED)
    await phone.snap("lesson, no network")
    await phone.context.set_offline(False)
    await phone.page.wait_for_url(lambda url: before not in url)
    here = (await her_courses(story, "owner_licence"))[0]
    assert [lesson.done for lesson in here.lessons[:3]] == [True, True, False]


async def _questions(story: Story, phone: Phone) -> None:
    """A wrong answer teaches and is asked again; the last right one closes the course."""
    here = (await her_courses(story, "owner_licence"))[0]
    lesson = here.lessons[-1]
    assert phone.path.endswith(lesson.info.code)
    await phone.snap("checkpoint")
    right, wrong = await _right_answers(story, here, lesson), await _right_answers(story, here, lesson, well=False)
    for position, shown in enumerate(right, 1):
        if position == 1:
            await give(phone, wrong[0], "answer", "left-")
            await phone.tap("[form=answer-form]")
            await phone.at("#verdict [data-tone=amber]").wait_for()
            await phone.snap("checkpoint, wrong")
        await give(phone, shown, "answer", "left-")
        await phone.tap("[form=answer-form]")
        await phone.at("#verdict [data-tone=green]").wait_for()
        if position == 1:
            await phone.snap("checkpoint, right")
        await phone.tap("#question-bar a.btn:not(.quiet)")
        await phone.at("[form=answer-form], .next").first.wait_for()
    done = (await her_courses(story, "owner_licence"))[0]
    assert done.completed_at is not None
    await phone.snap("course done")
    await phone.go(done.path)
    await phone.snap("course, all read")


async def she_reads_the_rest(story: Story, purpose: str) -> None:
    """Through the same doors, without looking: every page opened, time passes, every form sent."""
    left = [here for here in await her_courses(story, purpose) if here.completed_at is None]
    async with by_hand(story.owner, story.language) as hand:
        for here in left:
            for lesson in here.lessons:
                assert (await hand.get(f"{here.path}/{lesson.info.code}")).status == 200
        story.site.skip(minutes=5)
        for here in await her_courses(story, purpose):
            for lesson in here.lessons:
                path = f"{here.path}/{lesson.info.code}"
                if lesson.info.kind != "checkpoint":
                    if not lesson.done:
                        await hand.visit_and_submit(path, f"{path}/completion")
                    continue
                for position, shown in enumerate(await _right_answers(story, here, lesson), 1):
                    fields: dict[str, Any] = as_fields(shown, "answer", "left-")
                    page = await hand.get(f"{path}?q={position}")
                    if not lesson.done:
                        await hand.submit(page, f"{path}/answers/{position}", **fields)
    assert all(here.completed_at for here in await her_courses(story, purpose))
