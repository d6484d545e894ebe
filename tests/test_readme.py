"""The README is true: its example prints what its comments say, and its commands exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def example() -> str:
    return README.read_text().split("```python\n", 1)[1].split("```", 1)[0]


def test_the_example_prints_what_its_comments_say(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = example()
    promised = re.findall(r"^print\(.*?\)\s+# (.+)$", code, flags=re.MULTILINE)
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert len(promised) >= 3
    assert capsys.readouterr().out.splitlines() == promised


def test_the_example_is_short():
    assert 15 <= len([line for line in example().splitlines() if line.strip()]) <= 20


def test_the_figures_are_those_of_the_results():
    """README and results change together: ``python tools/readme_figures.py``."""
    tools = importlib.util.spec_from_file_location("t", README.parent / "tools/readme_figures.py")
    module = importlib.util.module_from_spec(tools)
    tools.loader.exec_module(module)
    text = README.read_text()
    assert text.split(module.START)[1].split(module.END)[0] == module.figures()


@pytest.mark.parametrize("command", re.findall(r"^\| `chainrule (\w+)", README.read_text(), re.M))
def test_every_command_of_the_table_exists(command, capsys):
    from chainrule.cli import main

    assert main([command, "--help"]) == 0
    assert f"chainrule {command}" in capsys.readouterr().out
