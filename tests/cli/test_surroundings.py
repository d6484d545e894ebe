"""The program where something usual is missing: a stream, a home, a reader, a sane setting."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli import main, show
from chainrule.training import Run

SHORT = ("train", "--epochs", "1", "--set", "model.hidden=[4]", "--name", "a")
PROGRAM = (sys.executable, "-m", "chainrule")

NO_HOME = """
import os, pwd, sys
for name in ("HOME", "XDG_CACHE_HOME"):
    os.environ.pop(name, None)
def unknown(user):
    raise KeyError(f"uid not found: {user}")
pwd.getpwuid = unknown
from chainrule.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(folder: Path, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | settings
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(tmp_path: Path, closed: str) -> None:
    command = subprocess.list2cmdline([*PROGRAM, *SHORT])
    done = run(tmp_path, "sh", "-c", f"{command} {closed}")
    said = [line for line in done.stderr.splitlines() if not line.startswith("compiling kernels")]
    assert (done.returncode, said) == (0, [])
    assert Run.open(tmp_path / "runs" / "a").finished


@pytest.mark.parametrize("names", [("stdout",), ("stderr",), ("stdout", "stderr")])
def test_streams_that_are_not_there_are_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in names:  # pythonw has none
        monkeypatch.setattr(sys, name, None)
    assert main(SHORT) == 0
    assert main(["evaluate", "nowhere"]) == 2
    assert Run.open(tmp_path / "runs" / "a").finished


@pytest.mark.skipif(os.name == "nt", reason="users of Windows have a home")
def test_a_user_without_a_home_trains(tmp_path: Path) -> None:
    done = run(tmp_path, sys.executable, "-c", NO_HOME, *SHORT, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_NUM_THREADS", "0"),
        ("NUMBA_NUM_THREADS", "abc"),
        ("NUMBA_NUM_THREADS", "99999999"),
    ],
)
def test_a_setting_of_numba_that_cannot_be_is_one_line(
    tmp_path: Path, name: str, value: str
) -> None:
    pytest.importorskip("numba")
    done = run(tmp_path, *PROGRAM, *SHORT, **{name: value})
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"chainrule: the environment variable {name}: expected ")
    assert not (tmp_path / "runs").exists()


def test_a_threading_layer_that_is_not_there_is_replaced_and_said(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    convolutions = ("--model", "convnet", "--set", "model.filters=[4]", "--epochs", "1")
    done = run(tmp_path, *PROGRAM, "train", *convolutions, NUMBA_THREADING_LAYER="none-such")
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "none-such" in line]
    assert len(said) == 1 and said[0].startswith("chainrule: warning: Numba has no threading layer")


def test_settings_that_are_empty_count_as_none(tmp_path: Path) -> None:
    empty = {"NUMBA_NUM_THREADS": "", "NUMBA_THREADING_LAYER": "", "OMP_NUM_THREADS": "abc"}
    assert run(tmp_path, *PROGRAM, *SHORT, **empty).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
def test_a_training_whose_reader_goes_away_ends_saved_and_quiet(tmp_path: Path) -> None:
    command = [*PROGRAM, *SHORT[:2], "100000", *SHORT[3:]]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as training:
        assert training.stdout and training.stderr
        for line in training.stdout:
            if re.match(r" *1/100000 ", line):
                break
        training.stdout.close()
        assert training.stderr.read() == ""
    assert training.returncode == 141
    left = Run.open(tmp_path / "runs" / "a")
    assert left.checkpoint is not None
    assert not left.finished
    assert not list(left.folder.rglob("*.tmp"))


def test_a_reader_that_is_gone_before_the_training_leaves_no_run(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*PROGRAM, *SHORT], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")
    assert list((tmp_path / "runs").iterdir()) == []


def test_help_whose_reader_is_gone_is_quiet(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*PROGRAM, "--help"], stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("columns", ["0", "1", "20", "40", "abc", "-5"])
def test_help_comes_for_every_width(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["train", "--help"]) == 0
    assert "--epochs" in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["20", "40"])
def test_rows_stay_whole_on_a_narrow_terminal(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(show, "on_terminal", lambda: True)
    name = "a class of a long name, and another one beside it"
    show.table(("class", "pictures"), [(name, "12"), ("猫\x1b\n", "3")])
    header, first, second = capsys.readouterr().out.splitlines()
    assert first == f"{name}  12"
    assert second == r"猫\x1b\n" + " " * (len(name) - 8) + "  3"
    assert header.index("pictures") == first.index("12")


def test_no_word_and_no_command_is_cut() -> None:
    hint = "'chainrule train --set model.name=resnet'"
    text = f"a lower learning rate is the usual cure: {hint}, or {'x' * 50}"
    for width in (1, 20, 40, 200):
        lines = show.wrapped(text, width)
        assert " ".join(lines) == text
        assert any(hint in line for line in lines)
