"""Who joins what: hooks, slots of the package reader, and what the worker knows, exactly as listed."""

from pathlib import Path

from portal import wiring
from portal.core.base.hooks import HOOKS
from portal.core.base.worker import REGISTRY
from tests.house.tree import listed

LIST = Path(__file__).with_name("joined.txt")


def joined() -> list[str]:
    wiring.join()
    lines = [f"hook {hook.name} -> {where(f)}" for hook in HOOKS for f in hook.joined]
    lines += [f"topic {name} -> {where(f)}" for name, f in REGISTRY.topics.items()]
    lines += [f"job {name} -> {where(f)}" for name, f in REGISTRY.kinds.items()]
    lines += [f"sweep {name} every {every} s -> {where(f)}" for name, (f, every) in REGISTRY.sweeps.items()]
    return lines


def where(function: object) -> str:
    return f"{function.__module__}.{function.__qualname__}"  # type: ignore[attr-defined]


def test_exactly_what_is_listed_is_joined() -> None:
    assert sorted(joined()) == sorted(listed(LIST))


def test_joining_twice_changes_nothing() -> None:
    before = joined()
    assert joined() == before
