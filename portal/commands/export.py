"""portal export: a table as CSV, by key, never whole in memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from portal.commands.exports import KINDS, Kind, Sheet, batches
from portal.commands.running import Stopped, console, portal_open, progress, run
from portal.commands.wide import WIDE, write
from portal.core.base.audit import SYSTEM, record
from portal.core.base.clock import now
from portal.core.base.database import DB, reading, writing


@click.command()
@click.argument("kind", type=click.Choice(sorted([*KINDS, *WIDE])), metavar="KIND")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--full", is_flag=True, help="Leave phone numbers whole; this is noted in the audit trail.")
def command(kind: str, file: Path, full: bool) -> None:
    """Write the table KIND to FILE as CSV (- is stdout); phone numbers are masked, passwords never in it.

    \b
    Kinds: people, roles, stores, stewardships, groups, group-members, vips, products, suppliers, courses,
    course-versions, lessons, curricula, curriculum-versions, banks, questions, question-versions,
    assignments, extensions, reminders, enrolments, lesson-progress, exams, exam-versions, attempts,
    attempt-items, certificates, rights, decisions, violations, violation-appeals,
    violation-corrections, measures, overrides, share-links, link-visits, bindings, share-reports,
    share-samples, share-pauses, product-lessons, orders,
    order-lines, order-events, order-flags, order-needs, follow-ups, parcels, parcel-traces, inquiries,
    inquiry-steps, inquiry-answers, buyer-wishes, mandates, buyer-messages, returns, return-lines,
    return-steps, return-classes, registers, ratings, threads, thread-messages, vip-levels, call-backs,
    vip-notes, articles, article-versions, article-editions, article-reads, article-answers,
    help-searches, reply-templates, reply-texts, agents, shifts, absences, presences, promise-policies,
    complaints, complaint-lines, complaint-events, complaint-clocks, complaint-rungs, complaint-agents,
    complaint-turns, complaint-surveys, complaint-calls, authorities, proposals, approvals, grants,
    grant-reviews, findings, corrective-actions, corrective-action-words, party-records, inspections,
    inspection-complaints, party-answers, quality-draws, quality-samples, quality-reviews, quality-marks,
    agent-figures, quality-trainings, quality-appeals, cases, case-tellings, case-readers, earnings,
    ledger, ledger-entries, reveals, erasures, audit, audit-chain.

    \b
    Besides these, complaint-archive is one row for each complaint with its clocks, hands, proposals, payments,
    cause and marks, in the site's language, as /desk/archive gives it; names stay masked there.
    """
    count = run(_export(kind, file, full=full))
    if str(file) != "-":
        console().print(f"{file}: {count:,} rows of {kind}.")


async def _export(name: str, file: Path, *, full: bool) -> int:
    if name in WIDE:
        async with portal_open():
            with _out(file) as out:
                return await write(name, out)
    kind = KINDS[name]
    async with portal_open():
        if full and kind.masked:
            async with writing():
                await record(SYSTEM, "site.exported", (name, 0), now(), {"full": True})
        with _out(file) as out:
            return await _write(kind, out, full=full)


@contextmanager
def _out(file: Path) -> Iterator[TextIO]:
    """The file to write to; nothing stands at its place until it is whole."""
    if str(file) == "-":
        yield sys.stdout
        return
    if not file.parent.is_dir():
        raise Stopped(f"There is no folder {file.parent}.")
    rough = file.with_name(file.name + ".partial")
    rough.touch(mode=0o600)
    try:
        # A byte order mark, so that spreadsheets read Chinese as what it is.
        with rough.open("w", encoding="utf-8-sig", newline="") as out:
            yield out
        rough.replace(file)
    finally:
        rough.unlink(missing_ok=True)


async def _write(kind: Kind, out: TextIO, *, full: bool) -> int:
    sheet = Sheet(kind, out, full=full)
    async with reading():
        rows = await DB.fetch(f'SELECT count(*) AS n FROM "{kind.table._meta.tablename}"', [])  # noqa: S608 - our own
    count = 0
    with progress() as bar:
        task = bar.add_task("rows", total=rows[0]["n"])
        async for batch in batches(kind):
            sheet.add(batch)
            count += len(batch)
            bar.update(task, completed=count)
    return count
