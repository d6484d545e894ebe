"""Every word of the page in both languages, with the same places in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WORDS = Path(__file__).parents[2] / "chainrule" / "play" / "static" / "words"
FILES = sorted(file.name for file in (WORDS / "en").iterdir())
LINE = re.compile(r'^  "?([^":]+(?:[^":]|: )*?)"?: ("(?:[^"\\\\]|\\\\.)*"),$')
ENGLISH_ONLY = re.compile(r"check\.")  # the doctor's own names, which are English


def words(language: str, name: str) -> dict[str, set[str]]:
    """The places of each word of a file."""
    lines = (WORDS / language / name).read_text("utf-8").splitlines()[1:-1]
    found = [
        LINE.match(line) for line in lines if line.strip() and not line.strip().startswith("//")
    ]
    assert all(found), [line for line, match in zip(lines, found, strict=False) if not match]
    return {match[1]: set(re.findall(r"{(\w+)}", match[2])) for match in found if match}


@pytest.mark.parametrize("name", FILES)
def test_both_languages_have_the_same_words(name: str) -> None:
    english, chinese = words("en", name), words("zh", name)
    assert {k: v for k, v in chinese.items() if not ENGLISH_ONLY.match(k)} == english


def test_both_languages_have_the_same_files() -> None:
    assert sorted(file.name for file in (WORDS / "zh").iterdir()) == FILES


@pytest.mark.parametrize("name", ["architecture", "ask", "gates", "layers", "train"])
def test_every_word_that_is_asked_for_is_there(name: str) -> None:
    views = WORDS.parent / "views"
    files = [views / f"{name}.js", *(views / name).glob("*.js")]
    code = "\n".join(file.read_text("utf-8") for file in files)
    asked = set(re.findall(rf'"{name}\.(\w+)"', code))
    assert len(asked) > 10 and asked <= set(words("en", f"{name}.js"))
