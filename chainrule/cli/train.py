"""chainrule train, chainrule resume"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..printable import printable
from . import choices
from .options import BatchSize, Changes, Config, Model
from .places import RUNS, DataDir, RunName, Runs, new_run, open_run
from .say import say


def train(
    data: Annotated[
        str | None,
        Parameter(
            help="digits (default) or another data set, a folder of images, or a .csv. "
            f"The data sets: {', '.join(choices.data_sets())}.",
            completer=choices.DATA,
        ),
    ] = None,
    /,
    *,
    model: Model = None,
    epochs: Annotated[int | None, Parameter(help="Passes over the training images.")] = None,
    batch_size: BatchSize = None,
    seed: Annotated[int | None, Parameter(help="Seed of all randomness.")] = None,
    time_budget: Annotated[
        str | None,
        Parameter(help="Time limit of training and test (90s, 10m); the schedule adapts."),
    ] = None,
    image_size: Annotated[
        int | None, Parameter(help="Height and width to resize a folder's images to.")
    ] = None,
    name: Annotated[str | None, Parameter(help="Name of the run; else DATA-MODEL-number.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
    set_: Changes = None,
    runs: Runs = RUNS,
) -> None:
    """Train a model and write a run folder: model, curves, metrics, report.

    Every setting has a default that suits DATA. --config FILE overrides it, the options above
    override the file, and --set overrides them all.
    """
    from .. import experiment
    from ..config import Settings, assignments, resolve
    from ..training.progress import Progress
    from . import show
    from .target import settings_file, with_data_dir

    given = {
        "data": data,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "time_budget": time_budget,
        "data_dir": data_dir and os.path.abspath(os.path.expanduser(data_dir)),
        "model": None if model is None else {"name": model},
        "images": None if image_size is None else {"image_size": image_size},
    }
    options = Settings(
        {key: value for key, value in given.items() if value is not None},
        names={"data": "DATA", "model.name": "--model", "images.image_size": "--image-size"}
        | {
            key: f"--{key.replace('_', '-')}"
            for key in ("epochs", "batch_size", "seed", "time_budget", "data_dir")
        },
    )
    file = Settings({}) if config is None else settings_file(config)
    last = assignments(set_ or ())
    typed = data is not None or "data" in last.values
    settings = with_data_dir(resolve(file, options, last), data_dir, typed)
    prepared = experiment.prepare(settings)
    estimated = show.estimate(prepared)
    kind = str(settings.model.__struct_config__.tag)
    run = new_run(runs, name, _stem(settings.data, kind))
    try:
        show.header(prepared, run, estimated)
    except BaseException:  # Ctrl-C, or nobody reads: nothing has begun
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    show.outcome(show.announced(experiment.begin)(prepared, run, [Progress()]))


def _stem(data: str, model: str) -> str:
    """DATA-MODEL, in at most 150 bytes of DATA: a name may have 255 with what follows."""
    shown = os.fsencode(Path(data).stem)[:150].decode(errors="ignore")
    return f"{shown or 'data'}-{model}"


def resume(run: RunName, /, *, data_dir: DataDir = None, runs: Runs = RUNS) -> None:
    """Resume an interrupted run, bit for bit.

    Refused if another process is using the run, or if its settings or data have changed.
    """
    from .. import experiment
    from ..training.progress import Progress
    from . import show

    opened = open_run(run, runs)
    if opened.finished:
        folder, report = map(printable, (opened.folder, opened.report))
        say(f"{folder} is finished: nothing to do; its report is {report}")
        return
    prepared = experiment.reopen(opened, data_dir)
    show.header(prepared, opened, show.estimate(prepared))
    show.outcome(show.announced(experiment.resume)(prepared, opened, [Progress()], say))
