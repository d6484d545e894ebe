"""The code blocks of a page, run from top to bottom as one program.

A ``text`` block right after a ``python`` block is what that code prints. ``console`` blocks hold
commands after ``$``, each of which must end with exit code 0; they see the files that the code
above them made, and the code below sees theirs. Other blocks are for reading only.

``python -m tests.docs.pages PAGE…`` writes the outputs of the code into the pages.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chainrule.cli import main

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    """One fenced block: its language, its text, and where the text stands in the page."""

    language: str
    text: str
    start: int
    end: int
    printed: str | None = None


def blocks(page: Path) -> list[Block]:
    found = FENCE.finditer(page.read_text("utf-8"))
    return [Block(m[1], m[2], m.start(2), m.end(2)) for m in found]


def run(page: Path) -> list[Block]:
    """The blocks of ``page``, the ``text`` ones with what the code before them has printed."""
    name = page.relative_to(DOCS).as_posix() if page.is_relative_to(DOCS) else page.name
    scope = {"__name__": "docs"}
    every, printed = blocks(page), ""
    for before, block in zip([None, *every], every, strict=False):
        if block.language == "python":
            line = page.read_text("utf-8")[: block.start].count("\n")
            code = compile("\n" * line + block.text, name, "exec")
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(code, scope)
            printed = out.getvalue()
        elif block.language == "console":
            with contextlib.redirect_stdout(io.StringIO()):
                for command in commands(block):
                    call(command)
        elif block.language == "text" and before and before.language == "python":
            block.printed = "\n".join(text.rstrip() for text in printed.splitlines()) + "\n"
    return every


def commands(block: Block) -> list[str]:
    """The commands of a ``console`` block."""
    return [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]


def call(command: str) -> None:
    """AssertionError unless it is a command of chainrule that ends with exit code 0."""
    program, *arguments = shlex.split(command, comments=True)
    assert program == "chainrule", f"{command}: give other commands a block of another language"
    assert main(arguments) == 0, command


def rewrite(page: Path) -> None:
    text = page.read_text("utf-8")
    for block in reversed(run(page)):
        if block.printed is not None:
            text = text[: block.start] + block.printed + text[block.end :]
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    for place in [Path(each).resolve() for each in sys.argv[1:]]:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            rewrite(place)
