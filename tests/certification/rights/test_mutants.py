"""The table of cases is worth what it catches: each planted fault in the gate must fail at least one case."""

import inspect
import types

import pytest

from certification.rights import rules
from tests.certification.rights.test_rules import CASES, NOW

MUTANTS = [
    ("a closed store may share", "store.met and standing.met and (graced or licensed)", "standing.met and (graced or licensed)"),
    ("a suspended store may share", "store.met and standing.met and (graced or licensed)", "store.met and (graced or licensed)"),
    ("an expired certificate counts for one more instant", "if now < certificate.valid_until:", "if now <= certificate.valid_until:"),
    ("a revoked certificate can be bridged", "    if certificate.revoked:\n        return Reason(\"certificate\", \"certificate_revoked\", False)\n", ""),
    ("a superseded version counts for ever", "if grace is not None and not _runs(grace, now):", "if grace is not None and False:"),
    ("withdrawn evidence is overlooked", "    if not certificate.evidence_holds:\n        return Reason(\"certificate\", \"evidence_withdrawn\", False)\n", ""),
    ("the go-live grace never ends", "return until is not None and now < until", "return until is not None"),
    ("a suspension never ends", "and (m.ends_at is None or now < m.ends_at)", ""),
    ("learning alone is enough", "licensed = certificate.met", "licensed = certificate.met or (courses.met and exams.met)"),
]  # fmt: skip


def _mutated(old: str, new: str) -> types.ModuleType:
    source = inspect.getsource(rules)
    assert old in source, f"the gate has changed; plant this fault anew: {old}"
    module = types.ModuleType("mutated_rules")
    exec(compile(source.replace(old, new), "mutated_rules", "exec"), module.__dict__)
    return module


@pytest.mark.parametrize(("name", "old", "new"), MUTANTS, ids=[mutant[0] for mutant in MUTANTS])
def test_a_planted_fault_is_caught(name: str, old: str, new: str) -> None:
    mutant = _mutated(old, new)
    caught = [case for case, facts, _, may_share, _ in CASES if mutant.decide(facts, NOW).may_share is not may_share]
    assert caught, f"no case notices that {name}"
