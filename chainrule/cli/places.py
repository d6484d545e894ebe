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
from ..text import plural
from . import choices

if TYPE_CHECKING:
    from ..layers.base import Layer
    from ..training.run import Run

RunName = Annotated[
    str,
    Parameter(
        name="RUN",
        help="A run's name in --runs, or its folder.",
        completer=choices.runs(files=()),
    ),
]
ModelName = Annotated[
    str,
    Parameter(
        name="RUN",
        help="A run's name in --runs, its folder, or a model file.",
        completer=choices.runs(files=(".safetensors",)),
    ),
]
Runs = Annotated[Path, Parameter(help="Folder of the run folders.")]
DataDir = Annotated[
    Path | None, Parameter(help="Folder of the data; else $CHAINRULE_DATA, or the user's cache.")
]
RUNS = Path("runs")


def open_run(name: str, runs: Path) -> Run:
    """The run of this name, or in this folder. InputError if there is none."""
    from ..training.run import Run

    if (found := run_folder(name, runs)) is not None:
        return Run.open(found)
    for folder in _folders(name, runs):
        if os.path.isdir(folder):
            return Run.open(folder)  # which says what is missing
    there = os.listdir(runs) if runs.is_dir() else []
    near = difflib.get_close_matches(name[:255], there, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f", which has {plural(len(there), 'run')}"
    raise InputError(f"no run {name!r} in {runs}{hint if there else ''}")


def run_folder(name: str, runs: Path) -> Path | None:
    """The folder of the run of this name, or in this folder, or that this file of a run is in;
    None if there is none. A folder with a configuration or a model is a run, any other is data."""
    from ..training.run import Run

    folders = _folders(name, runs)
    folders += [path.parent for path in folders if os.path.isfile(path)]
    for folder in folders:
        run = Run(folder)
        if os.path.isfile(run.config) or os.path.isfile(run.model):
            return folder
    return None


def _folders(name: str, runs: Path) -> list[Path]:
    """Where a run of this name may lie: in ``runs``, or at the path that the name is. With a slash
    in it, the name of something that exists is a path and nothing else."""
    if not name:
        return []
    path = Path(os.path.expanduser(name))
    is_path = bool({"/", os.sep} & {*name}) and os.path.exists(path)
    return [path] if is_path else [runs / name, path]


def is_data(name: str) -> bool:
    """Whether this is a folder or a table of images; of a folder that is no run, that is."""
    path = os.path.expanduser(name)
    is_table = path.lower().endswith((".csv", ".tsv")) and os.path.isfile(path)
    return bool(name) and (is_table or os.path.isdir(path))


def find_model(name: str, runs: Path) -> tuple[Layer, Path, Run | None]:
    """(model, its file, its run): the best model of a run, or the one in a file, which may lie in
    a run. InputError if there is none."""
    from ..saving import load
    from ..training.run import Run

    file = Path(os.path.expanduser(name))
    if not os.path.isfile(file) or file.suffix == ".toml":
        run = open_run(name, runs)
        return load_model(run), run.model, run
    folder = next((f for f in (file.parent, file.parent.parent) if Run(f).config.is_file()), None)
    return load(file), file, None if folder is None else Run.open(folder)


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
