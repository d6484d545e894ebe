from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli import show
from chainrule.kernels import notices

from .conftest import SHORT


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
