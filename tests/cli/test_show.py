from __future__ import annotations

import os
import pty
import sys

import pytest

from chainrule.cli import show


def test_a_pipe_gets_bare_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("a", "b"), [("x [bold]", "1"), ("y", "2")])
    assert capsys.readouterr().out == "x [bold]\t1\ny\t2\n"


def test_a_terminal_gets_a_table_with_names_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        show.table(("class", "share"), [("[bold]x", "1")])
        terminal.flush()
        shown = os.read(master, 4096).decode()
        monkeypatch.undo()
    os.close(master)
    assert "class" in shown
    assert "[bold]x" in shown
