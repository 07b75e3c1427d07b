"""portal doctor: what stands, what does not, and how to mend it."""

import click

from portal.commands import checkup, checkup_database
from portal.commands.checkup import Finding
from portal.commands.running import Stopped, console, run
from portal.core.base.settings import parse_settings, use_settings

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
def command() -> None:
    """Check settings, database, files, fonts, worker and audit chain; a line each, with the way to mend it.

    Exit code 1 where a check fails; warnings alone leave it 0.
    """
    use_settings(parse_settings())
    findings = [*checkup.findings(), *run(checkup_database.findings())]
    screen = console()
    for finding in findings:
        screen.print(_line(finding))
    failed = sum(finding.level == "fail" for finding in findings)
    if failed:
        raise Stopped(f"{failed} of {len(findings)} checks failed.")


def _line(finding: Finding) -> str:
    colour = _COLOURS[finding.level]
    mend = f" → {finding.mend}" if finding.mend else ""
    return f"[{colour}]{finding.level:4}[/{colour}] {finding.about:16} {finding.text}{mend}"
