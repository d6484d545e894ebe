"""The diffs in CONTRIBUTING are of this code: what they add is there, in that order."""

from __future__ import annotations

import re

import pytest

from .pages import DOCS, blocks

ROOT = DOCS.parent


def additions() -> list[tuple[str, list[str]]]:
    """The file of each diff, and the lines that it adds."""
    found = []
    for block in blocks(ROOT / "CONTRIBUTING.md"):
        if block.language == "diff":
            for part in re.split(r"^\+\+\+ b/", block.text, flags=re.MULTILINE)[1:]:
                path, *lines = part.splitlines()
                found.append((path, [line[1:] for line in lines if line.startswith("+")]))
    return found


def test_there_are_three_of_three_files():
    assert len(additions()) == 9
    assert sum("__init__" in path for path, _ in additions()) == 3


@pytest.mark.parametrize(
    ("path", "lines"), additions(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_diff_adds_what_is_there(path, lines):
    rest = iter((ROOT / path).read_text("utf-8").splitlines())
    assert lines
    for line in lines:
        assert line in rest, f"{path}: no such line, or not in that order: {line}"
