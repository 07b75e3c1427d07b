"""portal serve and worker: what they refuse, and in which words."""

import socket

import pytest

from portal.core.base.settings import SettingsError, read_settings
from tests.commands.conftest import Site


def test_more_processes_than_one_need_postgresql(new_site: Site) -> None:
    ran = new_site.run("serve", "--workers", 2)
    assert (ran.code, ran.err) == (1, "More than one process needs PostgreSQL: serve SQLite with one worker.\n")


def test_a_worker_apart_needs_postgresql(new_site: Site) -> None:
    ran = new_site.run("worker")
    assert (ran.code, ran.err) == (
        1,
        "A separate worker needs PostgreSQL; on SQLite portal serve does its work inside.\n",
    )


def test_a_taken_port_is_a_sentence(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = site.run("serve", "--port", port)
    assert ran.code == 1
    assert ran.err.startswith(f"Port {port} on 127.0.0.1 cannot be had")


def test_production_says_each_weak_setting() -> None:
    with pytest.raises(SettingsError) as told:
        read_settings({"PORTAL_ENV": "production"})
    assert len(told.value.faults) == 3
    assert all(fault.startswith("PORTAL_") and fault.endswith(".") for fault in told.value.faults)
