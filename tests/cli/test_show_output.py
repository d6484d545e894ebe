from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
from rich.cells import cell_len

from chainrule.cli import main
from chainrule.cli.show import say_json, table

pty = pytest.importorskip("pty")


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> Iterator[list[str]]:
    """stdout is a terminal inside; afterward the list has the lines that it showed."""
    master, slave = pty.openpty()
    shown: list[str] = []
    parts: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # the end, as Linux says it
            while part := os.read(master, 65536):
                parts.append(part)

    reader = Thread(target=read)
    reader.start()
    with monkeypatch.context() as patch, os.fdopen(slave, "w") as stream:
        patch.setenv("COLUMNS", str(columns))
        patch.setattr(sys, "stdout", stream)
        yield shown
    reader.join()
    os.close(master)
    shown += b"".join(parts).decode().splitlines()


def test_a_pipe_gets_lines_with_tabs_under_a_header(capsys: pytest.CaptureFixture[str]) -> None:
    table(("a", "b"), [("x [bold]", "1"), ("y", "2")], right=[1], prose=True)
    assert capsys.readouterr().out == "a\tb\nx [bold]\t1\ny\t2\n"


def test_a_terminal_gets_columns_with_names_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch, 80) as shown:
        table(("class", "share"), [("[bold]x", "1"), ("猫\x1b[31m", "22")], right=[1])
    assert shown == ["class       share", "[bold]x         1", r"猫\x1b[31m     22"]


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_no_line_of_prose_is_wider_than_the_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "a sentence that goes on " * 8
    with terminal(monkeypatch, columns) as shown:
        table(("name", "number", "text"), [("x" * 20, "1,234", words), ("y", "2", "z")], prose=True)
    assert max(map(len, shown)) <= columns
    assert " ".join(" ".join(shown).split()).count("a sentence") == 8


def test_what_json_has_no_word_for(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"nan": float("nan"), "list": (1, [float("inf")]), "name": "ü\udcff\x1b"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"nan": None, "list": [1, [None]], "name": "ü\udcff\x1b"}


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("command", ["", "models", "data list", "settings", "settings model.mlp"])
def test_what_there_is_fits_the_terminal(
    command: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal(monkeypatch, columns) as shown:
        assert main(command.split()) == 0
    assert len(shown) > 4
    # A word is not cut, such as the dotted name of a class.
    assert [line for line in shown if cell_len(line) > columns and len(line.split()) > 1] == []
    assert "\x1b" not in "".join(shown)
