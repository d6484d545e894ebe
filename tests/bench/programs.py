"""Frameworks that a process of its own can import."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainrule.bench.timing import Program


class Diary:
    """Writes its name into a file at each step."""

    def __init__(self, name: str, file: Path) -> None:
        self.name, self.file = name, file

    def __call__(self, verb: str) -> Callable[[], Any]:
        if verb not in ("step", "predict"):
            raise KeyError(verb)
        return lambda: self._write(verb)

    def _write(self, verb: str) -> None:
        with self.file.open("a") as file:
            file.write(f"{self.name} {verb}\n")


def diary(name: str, file: Path) -> Program:
    return Diary(name, file)


def broken() -> Program:
    raise RuntimeError("no such thing\nand more")


def environment(file: Path) -> Program:
    """Says in ``file`` what it sees."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    file.write_text(f"{os.environ.get('NUMBA_CACHE_DIR')} {os.environ.get('OWN')} {cores}")
    return Diary("environment", Path(os.devnull))


def dying() -> Program:
    os._exit(3)
