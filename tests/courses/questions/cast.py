"""Questions that every test of this room knows: one of each kind."""

from courses.questions.rules import (
    FULL,
    Body,
    Choice,
    Matching,
    Multiple,
    Number,
    Numeric,
    Pair,
    Question,
    Short,
    Single,
    TrueFalse,
)


def ask(body: Body) -> Question:
    return Question("stove-01", "Which pan?", body)


def choices(*shares: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"choice {place}", share) for place, share in enumerate(shares))


SINGLE = ask(Single(choices(0, FULL, 5_000, -2_500)))
MULTIPLE = ask(Multiple(choices(5_000, 5_000, -5_000, -2_500)))
THIRDS = ask(Multiple(choices(3_333, 3_333, 3_333, -FULL)))
SEVENTHS = ask(Multiple(choices(*[1_429] * 7)))
TRUE = ask(TrueFalse(True))
HOURS = ask(Numeric((Number("48", "0"), Number("48", "2", 5_000), Number("1200.50", "0.005"))))
SHORT = ask(
    Short(
        (
            Choice("Carrier", FULL),
            Choice("carri*", 6_000),
            Choice(r"5 \* 3", FULL),
            Choice("the * of * store", 7_500),
            Choice("abc*cba", 2_000),
        )
    )
)
MATCHING = ask(Matching((Pair("late", "hurry"), Pair("lost", "claim"), Pair("gone", "claim")), ("refund",)))
