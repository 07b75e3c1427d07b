"""The SQL of this room's queries; values come in by their marks alone."""

# The edition in the wanted language, or else the first one there is.
CURRICULUM = (
    "SELECT v.id AS version_id, v.curriculum, c.code AS curriculum_code, c.purpose, v.label, v.number, v.due_days,"
    " v.valid_days, v.grace_days, v.published_at, e.title, p.id, p.position, p.kind, p.code, p.course, p.choice"
    " FROM curriculum_versions v"
    " JOIN curricula c ON c.id = v.curriculum"
    " JOIN curriculum_editions e ON e.id = (SELECT x.id FROM curriculum_editions x WHERE x.version = v.id"
    " ORDER BY (x.language <> {}), x.id LIMIT 1)"
    " JOIN curriculum_parts p ON p.version = v.id"
)
NEWEST_FOR = (
    " WHERE v.id = (SELECT w.id FROM curriculum_versions w JOIN curricula d ON d.id = w.curriculum"
    " WHERE d.purpose = {} AND d.retired_at IS NULL ORDER BY w.published_at DESC, w.id DESC LIMIT 1)"
)
CURRICULUM_TITLES = "SELECT version, language, title FROM curriculum_editions"
COURSES = (
    "SELECT v.id AS version_id, v.course, c.code AS course_code, v.tag, v.published_at, e.title AS course_title,"
    " e.summary, l.id, l.position, l.code, l.kind, l.minutes, l.min_seconds, t.title"
    " FROM course_versions v"
    " JOIN courses c ON c.id = v.course"
    " JOIN course_editions e ON e.id = (SELECT x.id FROM course_editions x WHERE x.version = v.id"
    " ORDER BY (x.language <> {}), x.id LIMIT 1)"
    " JOIN lessons l ON l.version = v.id"
    " JOIN lesson_editions t ON t.id = (SELECT y.id FROM lesson_editions y WHERE y.lesson = l.id"
    " ORDER BY (y.language <> {}), y.id LIMIT 1)"
)
IS_CURRENT = (
    " v.number = (SELECT max(w.number) FROM course_versions w WHERE w.course = v.course AND w.published_at IS NOT NULL)"
)
ASSIGNABLE_COURSES = (
    "SELECT c.id, v.id AS version_id, c.code, e.title FROM courses c"
    " JOIN course_versions v ON v.course = c.id"
    " AND v.number ="
    " (SELECT max(w.number) FROM course_versions w WHERE w.course = v.course AND w.published_at IS NOT NULL)"
    " JOIN course_editions e ON e.id = (SELECT x.id FROM course_editions x WHERE x.version = v.id"
    " ORDER BY (x.language <> {}), x.id LIMIT 1)"
    " WHERE c.retired_at IS NULL ORDER BY c.code LIMIT 500"
)
ASSIGNABLE_CURRICULA = (
    "SELECT c.id, v.id AS version_id, c.code, c.purpose, e.title FROM curricula c"
    " JOIN curriculum_versions v ON v.curriculum = c.id"
    " AND v.number = (SELECT max(w.number) FROM curriculum_versions w WHERE w.curriculum = c.id)"
    " JOIN curriculum_editions e ON e.id = (SELECT x.id FROM curriculum_editions x WHERE x.version = v.id"
    " ORDER BY (x.language <> {}), x.id LIMIT 1)"
    " WHERE c.retired_at IS NULL ORDER BY c.code LIMIT 500"
)
PAGE = (
    "SELECT l.id, l.version, l.position, l.code, l.kind, l.minutes, l.min_seconds, e.title, e.html, e.language"
    " FROM lessons l"
    " JOIN lesson_editions e ON e.id = (SELECT x.id FROM lesson_editions x WHERE x.lesson = l.id"
    " ORDER BY (x.language <> {}), x.id LIMIT 1)"
    " WHERE l.id = {}"
)
