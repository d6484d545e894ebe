"""The documentation is true: its code prints what the pages say, and its commands end well."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule import architecture

from .pages import DOCS, run

PAGES = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)

NEEDS = {"scikit-learn.md": "sklearn"}
"""Optional packages that the code of a page imports."""


def name(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_page_is_true(page, tmp_path, monkeypatch, capsys):
    if needed := NEEDS.get(name(page)):
        pytest.importorskip(needed)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(architecture, "LAYERS", dict(architecture.LAYERS))  # a page may register
    for block in run(page):
        if block.printed is not None:
            assert block.printed == block.text
    capsys.readouterr()
