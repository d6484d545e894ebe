"""What the commands print about experiments and results."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from ..config import Config
    from ..cost import Timing
    from ..data.dataset import Dataset
    from ..experiment import Experiment, Outcome
    from ..metrics import Evaluation
    from ..training.run import Run


P = ParamSpec("P")
R = TypeVar("R")

COMPILING = "compiling kernels, once for this machine …"


def announced(function: Callable[P, R]) -> Callable[P, R]:
    """``function``, during which the person is told on stderr if a kernel has to be compiled.

    That takes a minute in which nothing else happens. It is no result, and it is said once a
    process, however many kernels and commands follow.
    """

    @functools.wraps(function)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        from ..kernels.notices import when_compiling

        with when_compiling(_announce):
            return function(*arguments, **options)

    return run


@functools.cache  # so that the second call does nothing
def _announce() -> None:
    if sys.stderr is not None:  # print() would take stdout instead
        with contextlib.suppress(OSError, ValueError):  # closed: nobody listens
            print(COMPILING, file=sys.stderr, flush=True)


def foresight(experiment: Experiment) -> Timing:
    """What the training will cost, found by a few steps on a copy. InputError if it cannot fit
    the memory."""
    from ..experiment import foresee

    return announced(foresee)(experiment, by_layer=False)


def header(experiment: Experiment, run: Run, foreseen: Timing) -> None:
    """What is about to be trained, on what, at which price, and where it goes."""
    from ..config import seconds
    from ..machine import usable_cores

    config, train = experiment.config, experiment.train
    height, width, channels = train.images.shape[1:]
    model, rule = config.model.__struct_config__.tag, config.optimizer.__struct_config__.tag
    parts = f", each in {config.accumulate} parts" if config.accumulate > 1 else ""
    cores = usable_cores()
    rows = (
        ("run", str(run.folder)),
        (
            "data",
            f"{config.data}: {len(train):,} training, {len(experiment.validation):,} validation, "
            f"{len(experiment.test):,} test pictures of {height}x{width}x{channels}",
        ),
        *_about_data(experiment, run),
        ("model", f"{model}, {experiment.parameters:,} parameters"),
        (
            "training",
            f"{rule}, {config.epochs} epochs in batches of {config.batch_size}{parts}"
            + (f", within {budget:g} s" if (budget := seconds(config.time_budget)) else ""),
        ),
        *_schedule(experiment),
        *_augmentation(experiment),
        *_switched_on(config),
        ("device", f"cpu, {cores} thread{'s' if cores > 1 else ''}"),
        *foreseen.rows,
    )
    for name, text in rows:
        print(f"{name:<10}{text}")
    print(flush=True)


def _about_data(experiment: Experiment, run: Run) -> list[tuple[str, str]]:
    """How the pictures of a folder were taken, and which were not."""
    rows = [("", note) for note in experiment.notes]
    if skipped := experiment.skipped:
        (first, reason), *others = skipped
        count = f"{len(skipped):,} picture{'s' if others else ''}"
        named = f"skipped {count}, listed in {run.skipped}: {first} ({reason})"
        rows.append(("", named + (" …" if others else "")))
    return rows


def _schedule(experiment: Experiment) -> list[tuple[str, str]]:
    """The course of the learning rate, unless it has none."""
    from ..data.loader import Loader
    from ..schedules import Constant, preview

    config, schedule = experiment.config, experiment.optimizer.schedule
    if isinstance(schedule, Constant):
        return []
    steps = config.epochs * len(Loader(experiment.train, config.batch_size))
    shown = preview(schedule, steps, width=24)
    return [("schedule", f"{config.schedule.__struct_config__.tag}, {shown}")]


def _augmentation(experiment: Experiment) -> list[tuple[str, str]]:
    """What is done to the training pictures, in the order in which it is done."""
    if experiment.augment is None:
        return []
    names = (type(operation).__name__ for operation in experiment.augment.operations)
    return [("augment", ", ".join(names))]


def _switched_on(config: Config) -> list[tuple[str, str]]:
    """The tables in which something is on that is usually off."""
    rows = []
    for name in ("loss", "clip", "average", "plateau"):
        table = getattr(config, name)
        if table == getattr(type(config)(), name) or getattr(table, "patience", 1) == 0:
            continue
        form = table.__struct_config__.tag
        values = ((key, getattr(table, key)) for key in table.__struct_fields__)
        said = [key if value is True else f"{key} {value}" for key, value in values if value]
        rows.append((name, ", ".join([form, *said] if form else said)))
    return [*rows, ("max_norm", f"{config.max_norm:g}")] if config.max_norm else rows


def outcome(outcome: Outcome) -> None:
    """The result of a training, and where it can be looked at."""
    result(outcome.evaluation)
    if (together := outcome.metrics.get("ensemble_accuracy")) is not None:
        print(f"the ensemble of its snapshots: {together:.2%}")
    print(f"report {outcome.run.report}")


def result(evaluation: Evaluation) -> None:
    """Accuracy with its interval, and loss."""
    low, high = evaluation.interval
    print(
        f"test accuracy {evaluation.accuracy:.2%} (95 % interval {low:.2%} to {high:.2%}), "
        f"loss {evaluation.loss:.4f}, {evaluation.count:,} pictures"
    )


def per_class(evaluation: Evaluation, dataset: Dataset) -> None:
    """The accuracy of each class."""
    table(
        ("class", "pictures", "accuracy"),
        [
            (name, f"{evaluation.confusion[k].sum():,}", f"{evaluation.per_class[k]:.2%}")
            for k, name in enumerate(dataset.classes)
        ],
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns under a header on a terminal, bare tab-separated lines elsewhere."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*header, box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*map(Text, row))
    Console().print(shown)
