"""portal migrate: from nothing to everything, and again to no more."""

import sqlite3

from tests.commands.conftest import Site


def test_it_makes_the_database_and_says_each_step(new_site: Site) -> None:
    ran = new_site.run("migrate")
    assert ran.code == 0
    assert "core: " in ran.out
    assert ran.out.endswith("migrations run.\n")
    assert new_site.settings.sqlite_path is not None
    with sqlite3.connect(new_site.settings.sqlite_path) as database:
        assert database.execute("SELECT count(*) FROM persons").fetchone() == (0,)


def test_again_it_changes_nothing(site: Site) -> None:
    assert site.run("migrate").out == "The database is up to date.\n"
