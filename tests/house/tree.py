"""The project's own files, as the house rules read them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
STOREYS = ("portal", "courses", "certification")
ROOM_HOMES = ("portal/core", "courses", "certification", "portal/service")
NO_ROOMS = ("base", "web", "curricula", "__pycache__")


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that the repository holds or would take: git's list, ignored files left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return tuple(path for name in sorted(set(listed)) if name and (path := ROOT / name).is_file())


def inside(path: Path, *folders: str) -> bool:
    return any(path.is_relative_to(ROOT / folder) for folder in folders)


def python_files(*folders: str) -> list[Path]:
    """Our Python, of these folders or of all; migrations aside, which a tool writes."""
    chosen = folders or (*STOREYS, "tests")
    return [path for path in project_files() if path.suffix == ".py" and inside(path, *chosen)]


def templates() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".html" and inside(path, "templates")]


def rooms() -> list[Path]:
    """The folder of every room."""
    found = []
    for home in ROOM_HOMES:
        children = [path for path in sorted((ROOT / home).iterdir()) if path.is_dir() and path.name not in NO_ROOMS]
        found += [path for path in children if any(path.glob("*.py"))]
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def listed(file: Path) -> list[str]:
    """The lines of a list beside a test; blank ones and those after # are for readers."""
    return [line.strip() for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")]
