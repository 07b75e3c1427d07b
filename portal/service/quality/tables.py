"""Weekly draws with their samples and reviews, checklists by version, appeals; months' figures; training for them."""

from piccolo.table import Table

from courses.assignment.tables import Assignment
from portal.core.base.rows import (
    Row,
    fk,
    flag,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_prose,
    maybe_whole,
    payload,
    prose,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.service.complaints.tables import Complaint


class QualityDraw(Row, Table, tablename="quality_draws"):
    """That a week's ended complaints were drawn from; `week` is its Monday, `seed` what every lot follows from."""

    week = words(10)
    seed = words(64)
    ended = whole()
    drawn = whole()
    at = instant()


class QualityShare(Row, Table, tablename="quality_shares"):
    """Of one agent in a draw: how many ended, how many were drawn, and why so many. `month`: of the figures seen."""

    draw = fk(QualityDraw)
    agent = fk(Person)
    ended = whole()
    drawn = whole()
    why = words(80)
    month = words(7)


class Sample(Row, Table, tablename="quality_samples"):
    """A drawn conversation. `of_family`: how many of its kind there were. `struck_at`: an appeal took its score out."""

    ref = words(32)
    share = fk(QualityShare)
    complaint = fk(Complaint)
    agent = fk(Person)
    family = words(20)
    of_family = whole()
    twice = flag()
    drawn_at = instant()
    score = maybe_whole()
    scored_at = maybe_instant()
    second_at = maybe_instant()
    struck_at = maybe_instant()


class Checklist(Row, Table, tablename="quality_checklists"):
    """A version of the checklist; none: the shipped one, number 0."""

    number = whole()
    reason = words(500)
    made_by = fk(Person)
    made_at = instant()


class ChecklistStep(Row, Table, tablename="quality_checklist_steps"):
    """A step's weight and words in a version."""

    checklist = fk(Checklist)
    step = words(12)
    weight = whole()
    words_zh = words(300)
    words_en = words(300)


class Review(Row, Table, tablename="quality_reviews"):
    """What a judge has found in a sample; `place`: the first or the second judge; `checklist`: the version's number."""

    sample = fk(Sample)
    place = whole()
    person = fk(Person)
    checklist = whole()
    score = whole()
    capped = flag()
    text = prose()
    at = instant()


class ReviewMark(Row, Table, tablename="quality_marks"):
    """A step's mark; none: it had no place in the conversation."""

    review = fk(Review)
    step = words(12)
    mark = maybe_whole()


class FigureMonth(Row, Table, tablename="quality_months"):
    """That a month's figures were taken; they do not change any more. Sums of the buyers' answers, desk-wide."""

    month = words(7)
    agents = whole()
    asked = whole()
    answered = whole()
    satisfaction = whole()
    effort = whole()
    queue_broken = whole()
    at = instant()
    trained_at = maybe_instant()


class AgentFigure(Row, Table, tablename="quality_figures"):
    """A figure of an agent and month, in its unit."""

    taken = fk(FigureMonth)
    agent = fk(Person)
    figure = words(16)
    n = whole()
    value = maybe_whole()
    low = maybe_whole()
    high = maybe_whole()
    apart = whole(0)
    asked = maybe_whole()


class Training(Row, Table, tablename="quality_trainings"):
    """A course given because a figure was proven weak. `facts`: the figure; `made`: its assignment is ours."""

    agent = fk(Person)
    figure = words(16)
    month = words(7)
    course = words(80)
    assignment = fk(Assignment)
    made = flag()
    facts = payload()
    at = instant()
    undone_at = maybe_instant()


class QualityAppeal(Row, Table, tablename="quality_appeals"):
    """An agent's appeal against a score, or against a training, and what another has decided."""

    agent = fk(Person)
    sample = maybe_fk(Sample)
    training = maybe_fk(Training)
    text = prose()
    state = words(10)
    at = instant()
    decided_by = maybe_fk(Person)
    decided_at = maybe_instant()
    reason = maybe_prose()


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX quality_draws_week ON quality_draws (week)",
    "CREATE UNIQUE INDEX quality_shares_one ON quality_shares (draw, agent)",
    "CREATE UNIQUE INDEX quality_samples_ref ON quality_samples (ref)",
    "CREATE UNIQUE INDEX quality_samples_one ON quality_samples (share, complaint)",
    "CREATE INDEX quality_samples_waiting ON quality_samples (id) WHERE scored_at IS NULL",
    "CREATE INDEX quality_samples_second ON quality_samples (id) WHERE twice AND second_at IS NULL",
    "CREATE INDEX quality_samples_scored ON quality_samples (scored_at) WHERE scored_at IS NOT NULL",
    "CREATE INDEX quality_samples_of_agent ON quality_samples (agent, id)",
    "CREATE UNIQUE INDEX quality_checklists_number ON quality_checklists (number)",
    "CREATE UNIQUE INDEX quality_checklist_steps_one ON quality_checklist_steps (checklist, step)",
    "CREATE UNIQUE INDEX quality_reviews_place ON quality_reviews (sample, place)",
    "CREATE UNIQUE INDEX quality_reviews_one_each ON quality_reviews (sample, person)",
    "CREATE INDEX quality_reviews_second ON quality_reviews (id) WHERE place = 2",
    "CREATE UNIQUE INDEX quality_marks_one ON quality_marks (review, step)",
    "CREATE UNIQUE INDEX quality_months_month ON quality_months (month)",
    "CREATE UNIQUE INDEX quality_figures_one ON quality_figures (taken, agent, figure)",
    "CREATE INDEX quality_figures_of_agent ON quality_figures (agent, id)",
    "CREATE UNIQUE INDEX quality_trainings_one ON quality_trainings (agent, figure, month)",
    "CREATE UNIQUE INDEX quality_appeals_on_sample ON quality_appeals (sample) WHERE sample IS NOT NULL",
    "CREATE UNIQUE INDEX quality_appeals_on_training ON quality_appeals (training) WHERE training IS NOT NULL",
    "CREATE INDEX quality_appeals_open ON quality_appeals (id) WHERE state = 'open'",
)
