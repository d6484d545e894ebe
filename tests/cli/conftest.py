"""The program, called in this process or as one of its own, in an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chainrule.cli import main
from chainrule.cli.show import COMPILING

SHORT = ("--epochs", "3", "--batch-size", "200", "--set", "model.hidden=[16]")


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in ``tmp_path`` and get what it said; stderr is one line or none."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Said:
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        said = Said(code, out, without_announcement(err))
        assert len(said.err.splitlines()) == (0 if code == 0 else 1), said.err
        return said

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the digits. Look, and do not touch."""
    runs = tmp_path_factory.mktemp("finished")
    assert main(["train", *SHORT, "--runs", str(runs), "--name", "first"]) == 0
    return runs / "first"


@pytest.fixture
def first(finished: Path, tmp_path: Path) -> Path:
    """A copy of it as ``runs/first``."""
    return shutil.copytree(finished, tmp_path / "runs" / "first")


def without_announcement(err: str) -> str:
    """What was said on stderr, but for the line that a machine with an empty cache adds to it."""
    first, _, rest = err.partition("\n")
    return rest if first.startswith(COMPILING.rstrip("… ")) else err


class Program(subprocess.Popen[str]):
    """A process whose stderr is the same with a full and with an empty cache."""

    def communicate(self, *arguments: Any, **options: Any) -> tuple[str, str]:
        out, err = super().communicate(*arguments, **options)
        return out, without_announcement(err)


def program(*arguments: object, **options: object) -> Program:
    """The program as a process of its own, on one thread."""
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    return Program(
        [sys.executable, "-m", "chainrule", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | one_thread,
        **options,  # type: ignore[call-overload]
    )
