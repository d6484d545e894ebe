"""What the commands print about experiments and results."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from ..printable import printable
from ..text import percent, plural
from .output import table
from .say import rows as say_rows
from .say import say

if TYPE_CHECKING:
    from ..config import Config
    from ..cost import Timing
    from ..experiment import Experiment, Outcome
    from ..metrics import ClassScores, Evaluation
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


def estimate(experiment: Experiment) -> Timing:
    """What the training will cost, found by a few steps on a copy. InputError if it cannot fit
    the memory."""
    from .. import experiment as experiments

    return announced(experiments.estimate)(experiment, by_layer=False)


def header(experiment: Experiment, run: Run, estimated: Timing) -> None:
    """What is about to be trained, on what, at what cost, and where it goes."""
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
            f"{plural(len(experiment.test), 'test image')} of {height}x{width}x{channels}",
        ),
        *about_data(experiment, run),
        ("model", f"{model}, {plural(experiment.parameters, 'parameter')}"),
        (
            "training",
            f"{rule}, {plural(config.epochs, 'epoch')} in batches of {config.batch_size}{parts}"
            + (f", within {budget:g} s" if (budget := seconds(config.time_budget)) else ""),
        ),
        *_schedule(experiment),
        *_augmentation(experiment),
        *_switched_on(config),
        ("device", f"cpu, {plural(cores, 'thread')}"),
        *estimated.rows,
    )
    say_rows(rows)
    say()


def about_data(experiment: Experiment, run: Run | None = None) -> list[tuple[str, str]]:
    """The classes, how the images of a folder were taken, and which were not."""
    names = experiment.train.classes
    rows = [("classes", f"{len(names):,}: {first(names)}")]
    rows += [("", note) for note in experiment.notes]
    if skipped := experiment.skipped:
        (name, reason), *others = skipped
        count = plural(len(skipped), "image")
        listed = f", listed in {run.skipped}" if run is not None else ""
        named = f"skipped {count}{listed}: {name} ({reason})"
        rows.append(("", named + (" …" if others else "")))
    return rows


def first(names: Sequence[str], width: int = 60) -> str:
    """The first of many names, and how many more there are: "cat, dog, fox and 9 more"."""
    shown: list[str] = []
    for name in names:
        cut = name if len(name) <= width // 2 else f"{name[: width // 2]}…"
        if shown and len(", ".join([*shown, cut])) > width:
            break
        shown.append(cut)
    more = f" and {len(names) - len(shown):,} more" if len(shown) < len(names) else ""
    return f"{', '.join(shown)}{more}"


def _schedule(experiment: Experiment) -> list[tuple[str, str]]:
    """The course of the learning rate, unless it has none."""
    from ..schedules import Constant, preview

    config, schedule = experiment.config, experiment.optimizer.schedule
    if isinstance(schedule, Constant):
        return []
    steps = config.epochs * experiment.batches
    shown = preview(schedule, steps, width=24)
    return [("schedule", f"{config.schedule.__struct_config__.tag}, {shown}")]


def _augmentation(experiment: Experiment) -> list[tuple[str, str]]:
    """What is done to the training images, in the order in which it is done."""
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
        say(f"the ensemble of its snapshots: {percent(together, 2)}")
    say(f"report {printable(outcome.run.report)}")


def result(evaluation: Evaluation) -> None:
    """Accuracy with its interval, and loss."""
    low, high = evaluation.interval
    say(
        f"test accuracy {percent(evaluation.accuracy, 2)} "
        f"(95% interval {percent(low, 2)} to {percent(high, 2)}), "
        f"loss {evaluation.loss:.4f}, {plural(evaluation.count, 'image')}"
    )


def per_class(scores: ClassScores, classes: Sequence[str]) -> None:
    """Precision, recall and F1 of each class, a dash for what is not known of it."""
    columns = (scores.precision, scores.recall, scores.f1)
    table(
        ("class", "images", "precision", "recall", "F1"),
        [
            (name, f"{scores.support[k]:,}", *(percent(column[k], 2) for column in columns))
            for k, name in enumerate(classes)
        ],
        right=range(1, 5),
    )
