"""The documentation is true: its code runs and prints what the pages say, its commands end well."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from chainrule.cli import main

from .pages import DOCS, commands, run

PAGES = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)


def name(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_code_prints_what_the_page_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for block in run(page):
        if block.printed is not None:
            assert block.printed == block.text


@pytest.mark.parametrize("page", [p for p in PAGES if commands(p)], ids=name)
def test_the_commands_end_well(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for command in commands(page):
        program, *arguments = shlex.split(command, comments=True)
        assert program == "chainrule", f"{command}: give other commands a block of another language"
        assert main(arguments) == 0, command
    capsys.readouterr()
