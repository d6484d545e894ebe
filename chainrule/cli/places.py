"""What people call a run or a model, and where it lies."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..printable import command

if TYPE_CHECKING:
    from ..layers.base import Layer
    from ..training.run import Run

RunName = Annotated[str, Parameter(name="RUN", help="A run's name in --runs, or its folder.")]
Runs = Annotated[Path, Parameter(help="The folder that run folders are in.")]
DataDir = Annotated[
    Path | None, Parameter(help="Where data lie; else $CHAINRULE_DATA, else the user's cache.")
]
RUNS = Path("runs")


def open_run(name: str, runs: Path) -> Run:
    """The run of this name, or in this folder. InputError if there is none."""
    from ..training.run import Run

    for folder in (runs / name, Path(name)):
        if name and folder.is_dir():
            return Run.open(folder)
    there = os.listdir(runs) if runs.is_dir() else []
    near = difflib.get_close_matches(name[:255], there, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f", which has {len(there)} others"
    raise InputError(f"no run {name!r} in {runs}{hint if there else ''}")


def new_run(runs: Path, name: str | None, stem: str) -> Run:
    """A new folder in ``runs``: ``name``, or ``stem`` with the next free number."""
    from ..training.run import Run

    if name is not None:
        if name != Path(name).name or name in ("", ".."):
            raise InputError(f"--name: expected the name of a folder, received {name!r}")
        return Run.create(runs / name)
    taken = os.listdir(runs) if runs.is_dir() else []
    pattern = re.compile(rf"{re.escape(stem)}-(\d{{1,9}})", re.ASCII)
    numbers = [int(found[1]) for name in taken if (found := pattern.fullmatch(name))]
    number = max(numbers, default=0) + 1
    while (folder := runs / f"{stem}-{number:03}").exists():
        number += 1
    return Run.create(folder)


def load_model(run: Run) -> Layer:
    """The best model of a run. InputError if it has none yet, or its file is damaged."""
    from ..saving import load

    if not run.model.exists():
        raise InputError(
            f"{run.folder} has no model yet, the first one is saved after an epoch; "
            f"go on with: {command('chainrule', 'resume', run.folder)}"
        )
    return load(run.model)
