"""What the words on a command line mean: options, runs, models, data, and settings to train by."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ..errors import InputError
from ..printable import command
from ..text import plural
from . import choices

if TYPE_CHECKING:
    from ..config import Config, Settings
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
Target = Annotated[
    str | None,
    Parameter(
        name="TARGET",
        help="A TOML file, a run, a folder or .csv, or a kind of model: "
        f"{', '.join(choices.models())}.",
        completer=choices.runs(
            choices.models, choices.data_sets, files=(".toml", ".safetensors", *choices.TABLES)
        ),
    ),
]
DataSet = Annotated[
    str | None, Parameter(help="The data set, digits by default.", completer=choices.DATA)
]
Model = Annotated[
    str | None,
    Parameter(
        help=f"Kind of model: {', '.join(choices.models())}.",
        completer=choices.MODELS,
    ),
]
ConfigFile = Annotated[
    Path | None,
    Parameter(help="Settings in a TOML file: chainrule settings --toml writes one to fill in."),
]
Precision = Annotated[
    str | None,
    Parameter(
        help="Of products: float32 (default), bfloat16, bf16x3 or float32-strict.",
        completer=choices.words(choices.registered("kernels.precision", "PRECISIONS")),
    ),
]
Device = Annotated[
    str | None,
    Parameter(
        help="Where it runs: cpu (default), gpu, or gpu:1, the second one.",
        completer=choices.words(lambda: ("cpu", "gpu")),
    ),
]
BatchSize = Annotated[int | None, Parameter(help="Images per step.")]
Changes = Annotated[
    list[str] | None,
    Parameter(
        name="--set",
        negative=(),
        help="A setting: optimizer.lr=0.01. Repeatable; chainrule settings lists them. "
        f"Presets, as augment=flip: {', '.join(choices.presets())}.",
        completer=choices.settings,
    ),
]
Views = Literal["flip", "flip-shift"]
TestTimeViews = Annotated[
    Views | None,
    Parameter(
        name="--tta", help="Average over views of each image: its mirror image, and moved copies."
    ),
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
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


def source_of(name: str, runs: Path) -> str:
    """What ``pretrained.source`` is for a name on the command line: a pre-trained model and a path
    are themselves, and a run's name is its folder."""
    if not name:
        raise InputError("--from: expected a pre-trained model, a run or a file, received nothing")
    from ..transfer.sources import names

    path = os.path.expanduser(name)
    if name in names() or os.path.isfile(path):
        return name
    if (folder := run_folder(name, runs)) is not None:
        return os.fspath(folder)
    if not os.path.exists(path) and os.sep not in name:
        there = sorted(os.listdir(runs)) if runs.is_dir() else []
        near = difflib.get_close_matches(name[:255], [*names(), *there], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f": {', '.join(names())}"
        raise InputError(
            f"--from: expected a run in {runs}, a model file or a pre-trained model, received "
            f"{name!r}{hint}"
        )
    return name


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


def load_model(run: Run) -> Layer:
    """The best model of a run. InputError if it has none yet, or its file is damaged."""
    from ..saving import load

    if not run.model.exists():
        raise InputError(
            f"{run.folder} has no model yet, the first one is saved after an epoch; "
            f"go on with: {command('chainrule', 'resume', run.folder)}"
        )
    return load(run.model)


def configured(
    target: str | None,
    data: str | None,
    batch_size: int | None,
    assigned: Sequence[str],
    data_dir: Path | None,
    runs: Path,
) -> Config:
    """The configuration of ``target``, which options overrule, and --set overrules all.

    InputError for a target that is nothing of this, and for a second data set beside one.
    """
    from ..config import options
    from ..experiment import configure

    named = _named(target, runs)
    if data is not None and named.names.get("data") == "TARGET":
        raise InputError(f"--data: expected none beside the data {target}, received {data!r}")
    given = options(data=data, batch_size=batch_size)
    return configure(named, given, assigned, data_dir)


def _named(target: str | None, runs: Path) -> Settings:
    from ..config import Settings, read_settings
    from ..data import NAMES
    from ..models import MODELS

    if target is None:
        return Settings({})
    found = run_folder(target, runs)
    if target in MODELS and not (runs / target).is_dir():
        return Settings({"model": {"name": target}}, place="TARGET")
    if found is None and (target in NAMES or is_data(target)):
        return Settings({"data": target}, names={"data": "TARGET"})
    if os.path.isfile(target) and not target.endswith(".safetensors"):
        return read_settings(target)
    if os.path.isfile(target) and found is None:
        raise InputError(
            f"TARGET: {target} is a model that lies in no run, so how it is trained is unknown: "
            "give a run, a TOML file or data"
        )
    try:
        return read_settings(open_run(target, runs).config, by_run=True)
    except InputError as error:
        if os.path.exists(target):
            raise
        raise InputError(
            f"{error}; it is no TOML file either, and no kind of model ({', '.join(MODELS)}), no "
            "folder of images and no .csv file"
        ) from None
