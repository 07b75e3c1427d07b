"""The command line itself: help everywhere, bad usage is 2, whatever stops a command is one sentence and 1."""

import subprocess
import sys

import pytest

from portal.cli import COMMANDS
from tests.commands.conftest import Site


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_command_helps(new_site: Site, command: str) -> None:
    ran = new_site.run(command, "--help")
    assert ran.code == 0
    assert f"portal {command}" in ran.out
    assert len(ran.out.splitlines()) > 4


def test_the_list_names_every_command(new_site: Site) -> None:
    ran = new_site.run("--help")
    assert ran.code == 0
    assert all(f"\n  {command} " in ran.out for command in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("export",),
        ("export", "secrets", "-"),
        ("serve", "--port", "nine"),
        ("serve", "--workers", 0),
    ],
)
def test_bad_usage_is_two(new_site: Site, arguments: tuple[object, ...]) -> None:
    ran = new_site.run(*arguments)
    assert ran.code == 2
    assert "Usage:" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("export", "people", "-"), ("backup", "x.tar"), ("serve",), ("create-admin", "--email", "a@b.c", "--name", "A")],
)
def test_without_a_database_a_sentence_says_what_to_do(new_site: Site, arguments: tuple[str, ...]) -> None:
    ran = new_site.run(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert "run portal migrate first" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert new_site.settings.sqlite_path is not None
    assert not new_site.settings.sqlite_path.exists()


def test_a_database_that_is_away_is_a_sentence(new_site: Site) -> None:
    ran = new_site.at(database_url="postgresql://nobody@127.0.0.1:1/nothing").run("export", "people", "-")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1


def test_it_runs_as_a_module_too() -> None:
    done = subprocess.run([sys.executable, "-m", "portal", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("portal, version ")
