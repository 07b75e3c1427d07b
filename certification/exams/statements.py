"""The SQL of this room's queries; values come in by their marks alone."""

# The edition in the wanted language, or else the first one there is.
EXAMS = (
    "SELECT v.id AS version_id, v.exam, v.part, v.minutes, v.pass_bp, v.attempts_allowed, v.cooldown_hours,"
    " v.shuffle_options, v.show_after, x.code, e.title, d.tag, d.difficulty, d.count, d.points, d.bank,"
    " b.code AS bank_code FROM exam_versions v"
    " JOIN exams x ON x.id = v.exam"
    " JOIN exam_editions e ON e.id = (SELECT y.id FROM exam_editions y WHERE y.version = v.id"
    " ORDER BY (y.language <> {}), y.id LIMIT 1)"
    " JOIN exam_draws d ON d.version = v.id"
    " JOIN question_banks b ON b.id = d.bank"
)
IN_ORDER = " ORDER BY v.id, d.position"
ATTEMPTS = (
    "SELECT a.id, a.ref, a.person AS person_id, a.assignment AS assignment_id, a.exam_version AS exam_version_id,"
    " a.number, a.language, a.state, a.started_at, a.deadline_at, a.sealed_at, a.sealed_by, a.points, a.max_points,"
    " a.score_bp, a.must_missed, a.passed FROM attempts a"
)
ITEMS = (
    "SELECT i.id, i.attempt, i.position, i.edition, i.tag, i.must, i.option_order, i.points, i.answer, i.answer_seq,"
    " i.answered_at, i.share_bp FROM attempt_items i"
)
GRANTS = "SELECT assignment, exam_version, count(*) AS n FROM attempt_grants"
# Every version of every question that she met at this exam, whatever the assignment: a mended one is no new one.
SEEN = (
    "SELECT DISTINCT w.id FROM attempts a"
    " JOIN exam_versions x ON x.id = a.exam_version AND x.exam = {}"
    " JOIN attempt_items i ON i.attempt = a.id"
    " JOIN question_editions e ON e.id = i.edition"
    " JOIN question_versions v ON v.id = e.version"
    " JOIN question_versions w ON w.question = v.question"
    " WHERE a.person = {}"
)
