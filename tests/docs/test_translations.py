"""A translation has the code, the commands and the outputs of its original; comments may differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import DOCS

ROOT = DOCS.parent
TRANSLATIONS = [
    (ROOT / "README.md", ROOT / "README.zh.md"),
    *((DOCS / page.name, page) for page in sorted((DOCS / "zh").glob("*.md"))),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """(language, text without comments) of each fenced block."""
    found = FENCE.findall(page.read_text("utf-8"))
    return [
        (language, re.sub(r" +# .*$", "", text, flags=re.MULTILINE)) for language, text in found
    ]


def rows(page: Path) -> list[str]:
    """The commands in tables; measured figures stand in the original only."""
    text = page.read_text("utf-8").split("<!-- figures")[0]
    return re.findall(r"^\| (`chainrule .*?`) \|", text, flags=re.MULTILINE)


@pytest.mark.parametrize(("original", "translation"), TRANSLATIONS, ids=lambda p: p.stem)
def test_a_translation_has_the_same_code(original, translation):
    assert blocks(translation) == blocks(original)
    assert rows(translation) == rows(original)


@pytest.mark.parametrize(("original", "translation"), TRANSLATIONS, ids=lambda p: p.stem)
def test_a_translation_has_the_same_sections(original, translation):
    counts = [
        len(re.findall(r"^#{1,3} ", FENCE.sub("", page.read_text("utf-8")), flags=re.MULTILINE))
        for page in (original, translation)
    ]
    assert counts[0] == counts[1]
