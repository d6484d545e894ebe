"""chainrule train, chainrule resume"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from . import choices
from .arguments import (
    RUNS,
    BatchSize,
    Changes,
    ConfigFile,
    DataDir,
    Device,
    Model,
    Precision,
    RunName,
    Runs,
    open_run,
    source_of,
)  # fmt: skip
from .show import say

if TYPE_CHECKING:
    from ..distributed import Group
    from ..experiment import Experiment, Outcome
    from ..training import Run

Trace = Annotated[
    Path | None,
    Parameter(help="Write a timeline of computation and communication (Chrome trace format)."),
]


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
    precision: Precision = None,
    device: Device = None,
    time_budget: Annotated[
        str | None,
        Parameter(help="Time limit of training and test (90s, 10m); the schedule adapts."),
    ] = None,
    image_size: Annotated[
        int | None, Parameter(help="Height and width to resize the images to.")
    ] = None,
    from_: Annotated[
        str | None,
        Parameter(
            name="--from",
            help="Begin with a trained model: a run, a model file, or a pre-trained one.",
            completer=choices.SOURCES,
        ),
    ] = None,
    freeze: Annotated[
        Literal["body", "none"] | None,
        Parameter(help="With --from: body trains the head alone, on features computed once."),
    ] = None,
    unfreeze: Annotated[
        Literal["gradual", "none"] | None,
        Parameter(help="With --from: gradual trains the head first, the body part by part."),
    ] = None,
    name: Annotated[str | None, Parameter(help="Name of the run; else DATA-MODEL-number.")] = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
    set_: Changes = None,
    runs: Runs = RUNS,
    trace: Trace = None,
) -> None:
    """Train a model and write a run folder: model, curves, metrics, report.

    Every setting has a default that suits DATA. --config FILE overrides it, the options above
    override the file, and --set overrides them all.

    mpiexec -n K chainrule train … trains one model in K processes, on one host or on many: each
    takes its share of every batch.
    """
    from .. import experiment
    from ..config import Settings, options, read_settings
    from ..distributed import world
    from ..distributed.voice import one_voice
    from ..experiment.ranks import new_run, prepare_together
    from . import show

    given = options(
        {
            "data": "DATA",
            "model.name": "--model",
            "images.image_size": "--image-size",
            "pretrained.source": "--from",
            "pretrained.freeze": "--freeze",
            "pretrained.unfreeze": "--unfreeze",
        },
        data=data,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        precision=precision,
        device=device,
        time_budget=time_budget,
        model=None if model is None else {"name": model},
        images=None if image_size is None else {"image_size": image_size},
        pretrained=_given(
            source=None if from_ is None else source_of(from_, runs),
            freeze=freeze,
            unfreeze=unfreeze,
        ),
    )
    with one_voice(world()) as group:
        settings = group.together(
            lambda: experiment.configure(
                Settings({}) if config is None else read_settings(config),
                given, set_ or (), data_dir,
            )
        )  # fmt: skip
        several = group.size > 1
        prepared = prepare_together(group, settings) if several else experiment.prepare(settings)

        def announce() -> Run:
            expect_folder(trace)
            estimated = show.estimate(prepared, group)
            run = _new_run(runs, name, experiment.stem(settings))
            try:
                show.header(prepared, run, estimated, group)
            except BaseException:  # Ctrl-C, or nobody reads: nothing has begun
                shutil.rmtree(run.folder, ignore_errors=True)
                raise
            return run

        made = group.together(lambda: announce() if group.leads else None)
        with nullcontext(made) if made is not None else new_run(made) as run:
            _run_to_its_end(experiment.begin, prepared, run, group, trace)


def _run_to_its_end(
    go: Callable[..., Outcome],
    prepared: Experiment,
    run: Run,
    group: Group,
    trace: Path | None,
) -> None:
    """Begin or resume a run, which rank 0 shows."""
    from ..training import Progress
    from . import show

    if not group.leads:
        go(prepared, run, group=group, trace=trace)
        return
    show.outcome(show.announced(go)(prepared, run, [Progress()], group=group, trace=trace))


def expect_folder(file: Path | None) -> None:
    """InputError unless a file can be written there, as far as its folder tells."""
    if file is not None and not file.absolute().parent.is_dir():
        raise InputError(f"--trace: expected a file in a folder that exists, received {file}")


def _given(**values: str | None) -> dict[str, str] | None:
    """The options that were given, as a table; None for none."""
    return {key: value for key, value in values.items() if value is not None} or None


def _new_run(runs: Path, name: str | None, stem: str) -> Run:
    """A new folder in ``runs``: ``name``, or ``stem`` with the next free number."""
    from ..training.run import Run

    if name is not None:
        if name != Path(name).name or name in ("", ".."):
            raise InputError(f"--name: expected the name of a folder, received {name!r}")
        return Run.create(runs / name)
    return Run.numbered(runs, stem)


def resume(
    run: RunName,
    /,
    *,
    device: Device = None,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
    trace: Trace = None,
) -> None:
    """Resume an interrupted run, bit for bit; --device goes on on another one.

    With mpiexec -n K it goes on in K processes, as many as before or not.

    Refused if another process is using the run, or if its settings or data have changed.
    """
    from .. import experiment
    from ..device import known
    from ..distributed import world
    from ..distributed.voice import one_voice
    from ..experiment.ranks import copied_run, reopen_together
    from . import show

    if device is not None:
        known(device)
    with one_voice(world()) as group:
        opened = group.together(lambda: open_run(run, runs) if group.leads else None)
        if group.share(opened is not None and opened.finished):
            if opened is not None:
                folder, report = map(printable, (opened.folder, opened.report))
                say(f"{folder} is finished: nothing to do; its report is {report}")
            return
        with copied_run(group, opened) as mine:
            prepared = reopen_together(group, mine, data_dir, device)

            def announce() -> None:
                if group.leads:
                    expect_folder(trace)
                    show.header(prepared, mine, show.estimate(prepared, group), group)

            group.together(announce)
            _run_to_its_end(partial(experiment.resume, say=say), prepared, mine, group, trace)
