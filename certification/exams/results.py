"""A graded attempt as its page tells it: the score, how each topic went, where to study again, when to try again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from certification.exams import rules
from certification.exams.queries import AttemptInfo, ExamInfo, Item, scored
from certification.exams.rules import FULL, ShowAfter
from courses.catalogue.queries import CourseInfo

CLOSE_BP = 1_000  # up to ten points below the mark is close


@dataclass(frozen=True, slots=True)
class TopicResult:
    """How a topic went, and the course to study it again in (None where the curriculum has none for it)."""

    title: str
    right: int
    total: int
    share: int  # per cent
    course: CourseInfo | None
    weakest: bool

    @property
    def wrong(self) -> int:
        return self.total - self.right


@dataclass(frozen=True, slots=True)
class ResultView:
    """What the blueprint lets her see. `more` is how many questions were missing to the pass mark."""

    attempt: AttemptInfo
    title: str
    score: int
    mark: int
    close: bool
    more: int
    wrong: int
    topics: tuple[TopicResult, ...]
    show_mistakes: bool

    @property
    def weakest(self) -> TopicResult | None:
        return next((topic for topic in self.topics if topic.weakest), None)

    @property
    def to_study(self) -> list[TopicResult]:
        """Topics with mistakes and a course, the most mistakes first."""
        faulty = [topic for topic in self.topics if topic.wrong and topic.course]
        return sorted(faulty, key=lambda topic: (-topic.wrong, topic.share))


def result_view(
    attempt: AttemptInfo, exam: ExamInfo, items: Sequence[Item], courses: Mapping[str, CourseInfo]
) -> ResultView:
    """Put a graded attempt's page together; `courses` by tag, in the order in which topics are to stand."""
    show = exam.blueprint.show_after
    graded = [scored(item) for item in items]
    result = rules.score(graded, exam.blueprint.pass_bp)
    topics = _topics(result.by_tag, courses) if show in (ShowAfter.TOPICS, ShowAfter.MISTAKES) else ()
    below = exam.blueprint.pass_bp - result.score_bp
    return ResultView(
        attempt=attempt,
        title=exam.title,
        score=result.score_bp // 100,
        mark=exam.blueprint.pass_bp // 100,
        close=0 < below <= CLOSE_BP,
        more=rules.more_needed(graded, exam.blueprint.pass_bp),
        wrong=sum((item.share_bp or 0) < FULL for item in items),
        topics=topics,
        show_mistakes=show == ShowAfter.MISTAKES,
    )


def _topics(results: Sequence[rules.TagResult], courses: Mapping[str, CourseInfo]) -> tuple[TopicResult, ...]:
    places = {tag: place for place, tag in enumerate(courses)}
    ordered = sorted(results, key=lambda one: (places.get(one.tag, len(places)), one.tag))
    faulty = [one for one in ordered if one.right < one.total]
    weakest = min(faulty, key=lambda one: (one.right - one.total, one.share_bp), default=None)
    return tuple(_topic(one, courses.get(one.tag), weakest=one is weakest) for one in ordered)


def _topic(result: rules.TagResult, course: CourseInfo | None, *, weakest: bool) -> TopicResult:
    title = course.title if course else result.tag
    return TopicResult(title, result.right, result.total, result.share_bp // 100, course, weakest)
