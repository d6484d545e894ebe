from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli import show
from chainrule.kernels import notices
from chainrule.report.advice import Advice, InRun
from chainrule.training import Run

from .conftest import SHORT

LONG = Advice(
    "wrong labels",
    "8 of 503 images that were not trained on look like another class, as surely as others",
    "look at them",
    ("train", "--config", InRun("config.toml"), "--set", "model.hidden=[256,128]"),
    0.1,
    tuple(f"a/{i}\x1b.png" for i in range(5)),
)


def test_advice_ends_with_a_command_of_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show.next_steps([LONG], Run("runs/my run"))
    assert capsys.readouterr().out.splitlines() == [
        "",
        "what to try next",
        f"1. wrong labels: {LONG.finding}",
        r"   - a/0\x1b.png",
        r"   - a/1\x1b.png",
        r"   - a/2\x1b.png",
        "   and 2 more, in the report",
        "   look at them:",
        "   chainrule train --config 'runs/my run/config.toml' --set 'model.hidden=[256,128]'",
    ]
    show.next_steps([], Run("runs/a"))
    assert capsys.readouterr().out == "\nwhat to try next: nothing stands out\n"


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_advice_fits_a_terminal_but_for_the_command(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(show, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    show.next_steps([LONG], Run("runs/a"))
    *lines, command = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(" ".join(lines).split()).count(LONG.finding) == 1
    assert command.endswith("--set 'model.hidden=[256,128]'")


@pytest.fixture
def not_announced_yet():
    show._announce.cache_clear()
    yield
    show._announce.cache_clear()


@pytest.mark.usefixtures("not_announced_yet")
def test_compiling_is_announced_on_stderr_once_a_process(capsys) -> None:
    for _ in range(3):
        assert show.announced(lambda: notices.compiling() or 7)() == 7
    notices.compiling()
    assert capsys.readouterr() == ("", f"{show.COMPILING}\n")


@pytest.mark.usefixtures("not_announced_yet")
def test_nothing_is_announced_before_and_after_what_announces_it(capsys) -> None:
    notices.compiling()
    with pytest.raises(ZeroDivisionError):
        show.announced(lambda: 1 / 0)()
    notices.compiling()
    assert capsys.readouterr() == ("", "")


class Closed:
    def write(self, text: str) -> int:
        raise ValueError("I/O operation on closed file")


@pytest.mark.usefixtures("not_announced_yet")
@pytest.mark.parametrize("stderr", [None, Closed()])
def test_without_stderr_nobody_hears_it_and_nothing_fails(capsys, monkeypatch, stderr) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    show.announced(notices.compiling)()
    monkeypatch.undo()
    assert capsys.readouterr().out == ""


IN_ONE_PROCESS = """
import sys
from chainrule.cli import main
for line in sys.stdin.read().splitlines():
    assert main(line.split("|")) == 0, line
    print("done", line, file=sys.stderr, flush=True)
"""


def test_with_an_empty_cache_only_what_trains_announces_compiling(
    finished: Path, tmp_path: Path
) -> None:
    pytest.importorskip("numba")
    silent = (
        ("draw", "augmentations", "digits", "--set", "augment=crop-flip", "--out", "a.png"),
        ("draw", "activations"),
        ("predict", str(finished), "a.png"),
        ("evaluate", str(finished)),
        ("check", "mlp"),
    )
    train, again = ("train", *SHORT, "--name", "one"), ("train", *SHORT, "--name", "two")
    commands = ["|".join(command) for command in (*silent, train, again, ("cost", "mlp"))]
    done = subprocess.run(
        [sys.executable, "-c", IN_ONE_PROCESS],
        input="\n".join(commands),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")},
    )
    assert done.returncode == 0, done.stderr
    assert show.COMPILING not in done.stdout
    said = [f"done {command}" for command in commands]
    assert done.stderr.splitlines() == [*said[:5], show.COMPILING, *said[5:]]
