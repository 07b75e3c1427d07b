"""Full text in Chinese and English, the same answers on both databases: we make the tokens, the database finds them.

Chinese is cut into overlapping pairs of characters, everything else into words; SQLite keeps them in FTS5, PostgreSQL
in a GIN index. What is searched are references only: rooms put a text under their own kind and record, and join the
found records to their own rows.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from portal.core.base.database import DB, writing
from portal.core.base.tables import SearchText

MOST_WORDS = 12  # of a query; what follows is left out
LONGEST_TEXT = 20_000  # characters of a record that are searched
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")


@dataclass(frozen=True, slots=True)
class Match:
    """A condition for another room's query: `column IN {sql}`, with `arg` for its one placeholder."""

    sql: str
    arg: str


def tokens(text: str) -> list[str]:
    """What a text is found by, each once, in the order of first appearance.

    >>> tokens("催发货 3 days")
    ['催发', '发货', '货', '3', 'days']
    """
    found: dict[str, None] = {}
    for run in _runs(text[:LONGEST_TEXT]):
        found.update(dict.fromkeys(_pieces(run)))
    return list(found)


def _runs(text: str) -> Iterable[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())


def _pieces(run: str) -> list[str]:
    """A Chinese run as pairs, and its last character, so that a single one finds it by its beginning."""
    if not _IS_HAN.match(run):
        return [run[:60]]
    return [run[at : at + 2] for at in range(len(run))]


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """How alike two texts are by their tokens: shared ones by all (Jaccard's index), 0 to 1."""
    here, there = set(one), set(other)
    return len(here & there) / len(here | there) if here and there else 0.0


def matching(kind: str, query: str) -> Match | None:
    """The condition for the records of `kind` that hold everything that is asked for; None where nothing is asked."""
    wanted = [piece for run in list(_runs(query))[:MOST_WORDS] for piece in _asked(run)]
    if not wanted:
        return None
    if DB.engine_type == "postgres":
        vector = "array_to_tsvector(string_to_array(s.tokens, ' '))"
        sql = f"(SELECT s.subject FROM search_texts s WHERE {vector} @@ CAST(CAST({{}} AS text) AS tsquery))"  # noqa: S608
        return Match(
            sql, " & ".join([f"'{_kind_token(kind)}'", *(f"'{word}'{star and ':*'}" for word, star in wanted)])
        )
    sql = (
        "(SELECT s.subject FROM search_texts s WHERE s.id IN"
        " (SELECT rowid FROM search_words WHERE search_words MATCH {}))"
    )
    return Match(sql, " AND ".join([f'"{_kind_token(kind)}"', *(f'"{word}"{star}' for word, star in wanted)]))


def _asked(run: str) -> list[tuple[str, str]]:
    """The pieces of a query's run; a star where the beginning is enough: single characters, words still being typed."""
    if not _IS_HAN.match(run):
        return [(run[:60], "*")]
    return [(piece, "") for piece in _pieces(run)[:-1]] or [(run, "*")]


def holds(query: str, found: Iterable[str]) -> bool:
    """Whether a record of these tokens holds everything that is asked for: `matching`, for a few at hand."""
    wanted = [piece for run in list(_runs(query))[:MOST_WORDS] for piece in _asked(run)]
    there = set(found)
    return bool(wanted) and all(
        word in there or (star != "" and any(each.startswith(word) for each in there)) for word, star in wanted
    )


async def put_text(kind: str, subject_id: int, text: str) -> None:
    """Make a record be found by `text` from now on, in the caller's transaction; a blank text takes it out."""
    found = tokens(text)
    async with writing():
        if not found:
            await drop_text(kind, subject_id)
            return
        await SearchText.raw(
            "INSERT INTO search_texts (kind, subject, tokens) VALUES ({}, {}, {})"
            " ON CONFLICT (kind, subject) DO UPDATE SET tokens = excluded.tokens",
            kind,
            subject_id,
            " ".join([_kind_token(kind), *found]),
        )


async def drop_text(kind: str, subject_id: int) -> None:
    """Nobody finds the record any more."""
    async with writing():
        await SearchText.delete().where(SearchText.kind == kind, SearchText.subject == subject_id)


async def find(kind: str, query: str, limit: int, below: int | None = None) -> list[int]:
    """The newest records that hold everything asked for, by falling id; `below` pages on. Call inside a door."""
    match = matching(kind, query)
    if match is None:
        return []
    cut = "AND s.subject < {}" if below is not None else ""
    rows = await SearchText.raw(
        f"SELECT s.subject FROM search_texts s WHERE s.kind = {{}} {cut} AND s.subject IN {match.sql}"  # noqa: S608
        " ORDER BY s.subject DESC LIMIT {}",
        *(kind, *((below,) if below is not None else ()), match.arg, limit),
    )
    return [int(row["subject"]) for row in rows]


async def tokens_of(kind: str, subject_ids: Iterable[int]) -> dict[int, list[str]]:
    """The tokens of records, by id, for likeness. Call inside a door."""
    ids = list(subject_ids)
    if not ids:
        return {}
    rows = await SearchText.select(SearchText.subject, SearchText.tokens).where(
        SearchText.kind == kind, SearchText.subject.is_in(ids)
    )
    return {int(row["subject"]): str(row["tokens"]).split(" ")[1:] for row in rows}


def _kind_token(kind: str) -> str:
    """A token that no text has, so that kinds share one index and never meet: its full-width letter is folded away
    in everything that people write."""
    return f"\uff4b{kind.replace('_', '')}"
