"""Rooms: each tells its story, stands in the import contract, and is reached by its own doors."""

import ast
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, name_of, python_files, rooms, tree_of

ROOM_NAMES = {name_of(room).replace("/", "."): room for room in rooms()}


def contracts() -> list[dict[str, object]]:
    found: list[dict[str, object]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    return found


@pytest.mark.parametrize("room", ROOM_NAMES.values(), ids=name_of)
def test_a_room_tells_its_story_in_ten_lines(room: Path) -> None:
    story = ast.get_docstring(tree_of(room / "__init__.py"))
    assert story, "no docstring"
    assert len(story.splitlines()) <= 10


@pytest.mark.parametrize("room", ROOM_NAMES)
def test_a_room_stands_in_its_storeys_contract(room: str) -> None:
    storey, _, name = room.rpartition(".")
    layers = [contract["layers"] for contract in contracts() if contract.get("containers") == [storey]]
    assert any(name in layer for layer in layers if isinstance(layer, list))


@pytest.mark.parametrize("room", ROOM_NAMES)
def test_a_room_stands_in_the_contract_of_its_files(room: str) -> None:
    inner = next(contract for contract in contracts() if str(contract["name"]).startswith("Within a room"))
    assert room in inner["containers"]  # type: ignore[operator]


def imported(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
    return modules


def test_another_rooms_tables_are_for_foreign_keys_alone() -> None:
    """Only `tables.py` takes another room's tables; whoever wants its rows asks its queries."""
    taken = []
    for name, room in ROOM_NAMES.items():
        for path in python_files(name_of(room)):
            if path.name == "tables.py":
                continue
            others = {m for m in imported(path) if m.endswith(".tables") and m.removesuffix(".tables") in ROOM_NAMES}
            taken += [f"{name_of(path)} takes {module}" for module in others - {f"{name}.tables"}]
    assert taken == []


def test_nobody_opens_a_transaction_but_the_doors() -> None:
    doors = ROOT / "portal/core/base/database"
    doing = ("transaction", "atomic", "take_writer", "take_reader")
    taken = []
    for path in python_files("portal", "courses", "certification"):
        if path.is_relative_to(doors):
            continue
        used = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute) and node.attr in doing]
        taken += [f"{name_of(path)}:{node.lineno} {node.attr}" for node in used]
    assert taken == []


ATTICS = {"utils", "util", "helpers", "helper", "services", "common", "misc"}


def test_there_are_no_attics() -> None:
    parts = {part for path in python_files() for part in (*path.relative_to(ROOT).parent.parts, path.stem)}
    assert not parts & ATTICS
