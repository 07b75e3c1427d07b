"""What an operator is told: every setting and every command stands in docs/operating.md."""

import re

from portal.cli import COMMANDS
from tests.house.tree import ROOT

TOLD = (ROOT / "docs/operating.md").read_text()


def test_every_setting_is_told() -> None:
    names = re.findall(r'get\("([A-Z_]+)"', (ROOT / "portal/core/base/settings.py").read_text())
    assert names
    assert sorted({name for name in names if f"`PORTAL_{name}`" not in TOLD}) == []


def test_every_command_is_told() -> None:
    assert [command for command in COMMANDS if f"portal {command}" not in TOLD] == []
