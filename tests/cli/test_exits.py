from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli import exits
from chainrule.cli.app import app
from chainrule.errors import CheckFailed, InputError, ShapeError

from .conftest import Cli, program


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("no such thing"), 2, "no such thing"),
        (ShapeError("bad", "layers.0", "\n  on the way"), 2, "layers.0: bad on the way"),
        (
            InputError("has no 'data', but \x1b]0;a\x07\ud800\udcff\n\u202e\x9b é猫\u200c"),
            2,
            r"has no 'data', but \x1b]0;a\x07\ud800\xff\n\u202e\x9b é猫" + "\u200c",
        ),
        (
            InputError("a" * 40_000 + "; go on"),
            2,
            f"{'a' * 770} … 38,837 characters … {'a' * 393}; go on",
        ),
        (CheckFailed("wrong gradient"), 1, "wrong gradient"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (FileNotFoundError(2, "No such file or directory", "x"), 2, "x: No such file or directory"),
        (OSError(28, "No space left on device"), 2, "output: No space left on device"),
        (MemoryError("12 GiB"), 2, "not enough memory: 12 GiB"),
    ],
)
def test_what_goes_wrong_becomes_one_line_and_a_code(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
) -> None:
    def raise_it(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(type(app), "__call__", raise_it)
    said = cli("train")
    assert (said.code, said.err) == (code, f"chainrule: {line}\n")


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_it(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(app), "__call__", raise_it)
    with pytest.raises(ZeroDivisionError):
        exits.main(["train"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], 'Unknown command "trian". Did you mean "train"?'),
        (["train", "--epoch", "3"], "Unknown option: --epoch. Did you mean --epochs?"),
        (
            ["train", "--epochs", "many"],
            "Invalid value for --epochs: expected a whole number, received 'many'",
        ),
        (["train", "--epochs"], "--epochs requires an argument"),
        (["train", "digits", "mnist"], "'mnist'"),
        (["resume"], "RUN requires an argument"),
        (["data", "fetsch", "mnist"], 'Did you mean "fetch"?'),
    ],
)
def test_wrong_use_gets_one_line_and_code_2(cli: Cli, arguments: list[str], message: str) -> None:
    said = cli(*arguments)
    assert said.code == 2
    assert said.err.startswith("chainrule: ")
    assert message in said.err


def test_a_reader_that_goes_away_is_no_error(finished: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "chainrule", "evaluate", str(finished)]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_under_the_output_is_said_once(finished: Path) -> None:
    command = [sys.executable, "-m", "chainrule", "evaluate", str(finished)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "chainrule: output: No space left on device\n"


def test_what_a_stream_cannot_show_is_replaced(finished: Path) -> None:
    command = [sys.executable, "-m", "chainrule", "predict", str(finished), "ü.png"]
    env = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 2
    assert r"\xfc.png: No such file" in done.stderr


def test_the_module_is_the_program() -> None:
    process = program("resume", "nowhere")
    _, err = process.communicate(timeout=900)
    assert process.returncode == 2
    assert err.startswith("chainrule: no run 'nowhere' in runs")
