"""The page has every word in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import chainrule.play

STATIC = Path(chainrule.play.__file__).parent / "static"


def words(language: str, name: str) -> dict[str, str]:
    text = (STATIC / "words" / language / f"{name}.js").read_text("utf-8")
    return dict(re.findall(r'^  "?([\w.-]+)"?: "((?:[^"\\]|\\.)*)",?$', text, re.MULTILINE))


@pytest.mark.parametrize("name", ["ask", "architecture"])
def test_both_languages_have_the_same_words_and_places(name: str) -> None:
    en, zh = words("en", name), words("zh", name)
    assert en and list(en) == list(zh)
    for key, text in en.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", zh[key])), key


@pytest.mark.parametrize("name", ["ask", "architecture"])
def test_every_word_that_is_asked_for_is_there(name: str) -> None:
    files = [STATIC / "views" / f"{name}.js", *(STATIC / "views" / name).glob("*.js")]
    code = "\n".join(file.read_text("utf-8") for file in files)
    asked = set(re.findall(rf'"{name}\.(\w+)"', code))
    assert len(asked) > 10 and asked <= set(words("en", name))
