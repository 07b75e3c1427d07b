"""A month's figures taken from what happened: five queries, whatever the month held. Inside a door."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.base.clock import day_start
from portal.service.complaints.clocks import FIRST_REPLY
from portal.service.complaints.ending import CALL_AFTER
from portal.service.complaints.rules import REOPENABLE_FOR
from portal.service.quality.measures import (
    HANDED_LATE,
    Figure,
    Measured,
    first_day,
    mean_of,
    next_month,
    share_of,
    times_of,
)
from portal.service.quality.tables import AgentFigure

Rows = Iterable[Mapping[str, Any]]
_TENURES = (
    "SELECT i.agent, i.since, i.until, c.received_at, c.first_reply_at, EXISTS (SELECT 1 FROM desk_shifts s"
    " WHERE s.person = i.agent AND s.cancelled_at IS NULL AND s.starts_at <= i.since AND s.ends_at > i.since) AS shift"
    " FROM complaint_agents i JOIN complaints c ON c.id = i.complaint WHERE i.since >= {} AND i.since < {}"
    " AND (c.first_reply_at IS NULL OR c.first_reply_at >= i.since)"
)
# Who was in charge when a clock was met, or when it broke.
_MOMENT = "(CASE WHEN k.stopped_at IS NOT NULL AND k.stopped_at < k.due_at THEN k.stopped_at ELSE k.due_at END)"
_CLOCKS = (
    "SELECT k.name, k.started_at, k.due_at, k.stopped_at, i.agent, i.since FROM complaint_clocks k"  # noqa: S608
    f" LEFT JOIN complaint_agents i ON i.complaint = k.complaint AND i.since <= {_MOMENT}"
    f" AND (i.until IS NULL OR i.until > {_MOMENT})"
    " WHERE k.month = {} AND k.name IN ('proposal', 'compensation') AND (k.stopped_at IS NOT NULL OR k.due_at < {})"
)
# Every resolution has its call; what it is due at says when it was resolved.
_RESOLVED = (
    "SELECT f.agent, f.due_at, f.round, c.round AS now_round, k.started_at, s.satisfaction, s.effort,"
    " EXISTS (SELECT 1 FROM complaint_turns t WHERE t.complaint = f.complaint AND t.person = f.agent"
    " AND t.told_before_at IS NOT NULL) AS again FROM complaint_calls f JOIN complaints c ON c.id = f.complaint"
    " LEFT JOIN complaint_clocks k ON k.complaint = f.complaint AND k.round = f.round AND k.name = 'legal'"
    " LEFT JOIN complaint_surveys s ON s.complaint = f.complaint AND s.round = f.round"
    " WHERE f.due_at >= {} AND f.due_at < {}"
)
_GRANTS = (
    "SELECT g.agent, r.found FROM compensation_reviews r JOIN compensation_grants g ON g.id = r.grant_of"
    " WHERE r.at >= {} AND r.at < {}"
)
_SCORES = (
    "SELECT agent, score, struck_at FROM quality_samples WHERE scored_at >= {} AND scored_at < {}"
    " AND scored_at IS NOT NULL"
)
MOST_MARK, MOST_SCORE = 500, 10_000


@dataclass(frozen=True, slots=True)
class Answers:
    """What buyers said of the whole desk: sums of their marks (1 to 5), of how many answered and were asked."""

    asked: int
    answered: int
    satisfaction: int
    effort: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A month's figures by agent, and what is nobody's."""

    month: str
    agents: Mapping[int, tuple[Measured, ...]]
    answers: Answers
    queue_broken: int  # clocks that broke while nobody was in charge


@dataclass(slots=True)
class _Raw:
    """One agent's cases, before they are figures."""

    replies: list[int] = field(default_factory=list)
    prompt: list[bool] = field(default_factory=list)
    off_shift: int = 0
    waits: list[int] = field(default_factory=list)
    kept: dict[Figure, list[bool]] = field(default_factory=lambda: defaultdict(list))
    late_given: dict[Figure, int] = field(default_factory=lambda: defaultdict(int))
    lengths: list[int] = field(default_factory=list)
    reopened: list[bool] = field(default_factory=list)
    again: list[bool] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    unfit: list[bool] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)
    struck: int = 0

    def figures(self) -> tuple[Measured, ...]:
        def share(figure: Figure, cases: list[bool], apart: int = 0) -> Measured:
            return share_of(figure, sum(cases), len(cases), apart)

        clocks = (Figure.PROPOSAL, Figure.COMPENSATION)
        found = (
            times_of(Figure.FIRST, self.replies, self.off_shift),
            share(Figure.PROMPT, self.prompt, self.off_shift),
            *(share(each, self.kept[each], self.late_given[each]) for each in clocks),
            times_of(Figure.RESOLUTION, self.lengths),
            share(Figure.REOPENED, self.reopened),
            mean_of(Figure.SATISFACTION, self.marks, MOST_MARK, asked=len(self.reopened)),
            share(Figure.ASKED_AGAIN, self.again),
            share(Figure.GRANTS, self.unfit),
            mean_of(Figure.QUALITY, self.scores, MOST_SCORE, self.struck),
            times_of(Figure.QUEUE, self.waits),
        )
        return tuple(each for each in found if each.n or each.apart or each.asked)


async def take(month: str, at: datetime, agent_id: int | None = None) -> Taken:
    """The figures of a month as far as it is over at `at`; of one agent alone where she is named."""
    since, until = bounds(month)
    hers, who = (" AND {} = {{}}", [agent_id]) if agent_id is not None else ("", list[int | None]())
    raw: dict[int, _Raw] = defaultdict(_Raw)
    _replies(raw, await AgentFigure.raw(_TENURES + hers.format("i.agent"), since, until, *who), at)
    queue = _clocks(raw, await AgentFigure.raw(_CLOCKS + hers.format("i.agent"), month, at, *who))
    span = (since - REOPENABLE_FOR + CALL_AFTER, until + CALL_AFTER)
    resolved = await AgentFigure.raw(_RESOLVED + hers.format("f.agent"), *span, *who)
    answers = _resolved(raw, resolved, since, until)
    for row in await AgentFigure.raw(_GRANTS + hers.format("g.agent"), since, until, *who):
        raw[row["agent"]].unfit.append(row["found"] != "fitting")
    for row in await AgentFigure.raw(_SCORES + hers.format("agent"), since, until, *who):
        if row["struck_at"] is None:
            raw[row["agent"]].scores.append(row["score"])
        else:
            raw[row["agent"]].struck += 1
    return Taken(month, {agent: one.figures() for agent, one in sorted(raw.items())}, answers, queue)


def bounds(month: str) -> tuple[datetime, datetime]:
    """The month's first instant by the site's calendar, and the next one's."""
    following: date = first_day(next_month(month))
    return day_start(first_day(month)), day_start(following)


def _seconds(length: timedelta) -> int:
    return max(int(length.total_seconds()), 0)


def _replies(raw: dict[int, _Raw], rows: Rows, at: datetime) -> None:
    for row in rows:
        hers, since, until = raw[row["agent"]], row["since"], row["until"]
        hers.waits.append(_seconds(since - row["received_at"]))
        if not row["shift"]:
            hers.off_shift += 1
            continue
        replied = row["first_reply_at"]
        if replied is not None and (until is None or replied <= until):
            hers.replies.append(_seconds(replied - since))
            hers.prompt.append(replied - since <= FIRST_REPLY)
        elif (until or at) - since > FIRST_REPLY:
            hers.prompt.append(False)  # she had it, and said nothing


def _clocks(raw: dict[int, _Raw], rows: Rows) -> int:
    """Sort the month's clocks to who was in charge; returns how many broke with nobody in charge."""
    queue = 0
    for row in rows:
        figure, kept = Figure(row["name"]), row["stopped_at"] is not None and row["stopped_at"] <= row["due_at"]
        if row["agent"] is None:
            queue += not kept
        elif not kept and row["since"] >= row["started_at"] + HANDED_LATE * (row["due_at"] - row["started_at"]):
            raw[row["agent"]].late_given[figure] += 1
        else:
            raw[row["agent"]].kept[figure].append(kept)
    return queue


def _resolved(raw: dict[int, _Raw], rows: Rows, since: datetime, until: datetime) -> Answers:
    """Of what was resolved within the month its length; the rest of what can no longer be reopened since this month."""
    asked = answered = satisfaction = effort = 0
    for row in rows:
        resolved_at = row["due_at"] - CALL_AFTER
        hers = raw[row["agent"]] if row["agent"] is not None else _Raw()
        if since <= resolved_at and row["started_at"] is not None:
            hers.lengths.append(_seconds(resolved_at - row["started_at"]))
        if resolved_at >= until - REOPENABLE_FOR:
            continue
        asked += 1
        hers.reopened.append(row["now_round"] > row["round"])
        hers.again.append(bool(row["again"]))
        if row["satisfaction"] is not None:
            answered, satisfaction, effort = answered + 1, satisfaction + row["satisfaction"], effort + row["effort"]
            hers.marks.append(100 * row["satisfaction"])
    return Answers(asked, answered, satisfaction, effort)
