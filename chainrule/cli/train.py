"""chainrule train, chainrule resume"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .places import RUNS, DataDir, RunName, Runs, new_run, open_run


def train(
    data: Annotated[str | None, Parameter(help="digits (default), mnist, fashion-mnist.")] = None,
    /,
    *,
    model: Annotated[str | None, Parameter(help="Kind of model, such as mlp.")] = None,
    epochs: Annotated[int | None, Parameter(help="Passes over the training pictures.")] = None,
    batch_size: Annotated[int | None, Parameter(help="Pictures in a step.")] = None,
    seed: Annotated[int | None, Parameter(help="All chance follows from it.")] = None,
    name: Annotated[str | None, Parameter(help="Of the run; else DATA-MODEL-number.")] = None,
    data_dir: DataDir = None,
    config: Annotated[Path | None, Parameter(help="Settings in a TOML file.")] = None,
    set_: Annotated[
        list[str] | None,
        Parameter(name="--set", negative=(), help="A setting: optimizer.lr=0.01. Repeatable."),
    ] = None,
    runs: Runs = RUNS,
) -> None:
    """Train a model and leave a run folder: model, curves, figures, report.

    Every setting has a default that suits DATA. --config FILE overrules it, the options above
    overrule the file, and --set overrules them all.
    """
    from .. import experiment
    from ..config import Settings, assignments, read_settings, resolve
    from ..training.progress import Progress
    from . import show

    given = {
        "data": data,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "data_dir": data_dir and os.path.abspath(os.path.expanduser(data_dir)),
        "model": None if model is None else {"name": model},
    }
    options = Settings(
        {key: value for key, value in given.items() if value is not None},
        names={"data": "DATA", "model.name": "--model"}
        | {
            key: f"--{key.replace('_', '-')}"
            for key in ("epochs", "batch_size", "seed", "data_dir")
        },
    )
    file = Settings({}) if config is None else read_settings(config)
    settings = resolve(file, options, assignments(set_ or ()))
    prepared = experiment.prepare(settings)
    run = new_run(runs, name, f"{settings.data}-{settings.model.__struct_config__.tag}")
    show.header(prepared, run)
    show.outcome(experiment.begin(prepared, run, [Progress()]))


def resume(run: RunName, /, *, data_dir: DataDir = None, runs: Runs = RUNS) -> None:
    """Go on with a run that was interrupted, bit for bit."""
    from .. import experiment
    from ..training.progress import Progress
    from . import show

    opened = open_run(run, runs)
    if opened.finished:
        print(f"{opened.folder} is finished: nothing to do; its report is {opened.report}")
        return
    prepared = experiment.reopen(opened, data_dir)
    show.header(prepared, opened)
    show.outcome(experiment.resume(prepared, opened, [Progress()]))
