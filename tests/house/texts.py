"""Which texts the code and the templates ask for, as far as reading them tells."""

import ast
import re
from functools import cache

from tests.house.tree import project_files, python_files, templates, tree_of

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_-]+)+")
# Key-shaped, in quotes of either kind: in a template one kind stands inside the other.
_QUOTED = re.compile(r"""(["'])([a-z][\w.-]*)\1""")
_CALL = re.compile(r"""\btn?\(\s*(["'])([\w.-]+)\1\s*[,)]""")
_JOINED = re.compile(r"""(["'])([a-z][\w.-]*\.)\1\s*~""")
# A room's name alone begins no key: that would let every text of the room pass.
_SPLIT = re.compile(r"[a-z]\w*\.[\w.]+[._]")


@cache
def template_texts() -> tuple[str, ...]:
    return tuple(path.read_text() for path in templates())


def _calls_for_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("t", "tn")


@cache
def literal_keys() -> frozenset[str]:
    """Keys that are asked for by their whole name: t("…"), tn("…")."""
    found = {match[2] for text in template_texts() for match in _CALL.finditer(text)}
    for path in python_files("portal", "courses", "certification"):
        for node in ast.walk(tree_of(path)):
            if _calls_for_text(node) and node.args and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                found.add(str(node.args[0].value))  # type: ignore[attr-defined]
    return frozenset(found)


@cache
def refusal_codes() -> frozenset[str]:
    """Codes that rules refuse with by name: Refused("…"), Forbidden("…")."""
    found = set()
    for path in python_files("portal", "courses", "certification"):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            if getattr(node.func, "id", "") in ("Refused", "Forbidden"):
                found.add(str(node.args[0].value))
    return frozenset(found)


@cache
def strings() -> frozenset[str]:
    """Every string that stands in the code, the templates and the scripts."""
    found = {match[2] for text in template_texts() for match in _QUOTED.finditer(text)}
    for path in python_files("portal", "courses", "certification"):
        found |= {node.value for node in ast.walk(tree_of(path)) if _is_text(node)}  # type: ignore[attr-defined]
    for path in project_files():
        if path.suffix == ".js":
            found |= {match[2] for match in _QUOTED.finditer(path.read_text())}
    return frozenset(found)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@cache
def made_prefixes() -> frozenset[str]:
    """Beginnings of keys that are completed at run time: f"rights.status.{…}", "rights.status." ~ …"""
    found = {match[2] for text in template_texts() for match in _JOINED.finditer(text)}
    for path in python_files("portal", "courses", "certification"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.JoinedStr) and len(node.values) > 1 and _is_text(node.values[0]):
                found.add(node.values[0].value)  # type: ignore[attr-defined]
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _is_text(node.left):
                found.add(node.left.value)  # type: ignore[attr-defined]
    return frozenset(prefix for prefix in found if _SPLIT.fullmatch(prefix))
