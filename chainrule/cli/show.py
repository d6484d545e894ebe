"""What the commands print about experiments and results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..printable import printable
from .say import on_terminal, say
from .say import rows as say_rows

if TYPE_CHECKING:
    from ..config import Config
    from ..cost import Timing
    from ..data.dataset import Dataset
    from ..experiment import Experiment, Outcome
    from ..metrics import Evaluation
    from ..training.run import Run


def compiling() -> None:
    """From here on, say so once when kernels have to be compiled."""
    from ..kernels.notices import when_compiling

    when_compiling(lambda: print("compiling kernels, once for this machine …", flush=True))


def foresight(experiment: Experiment) -> Timing:
    """What the training will cost, found by a few steps on a copy. InputError if it cannot fit
    the memory."""
    from ..experiment import foresee

    compiling()
    return foresee(experiment, by_layer=False)


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
    say_rows(rows)
    say()


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
        say(f"the ensemble of its snapshots: {together:.2%}")
    say(f"report {printable(outcome.run.report)}")


def result(evaluation: Evaluation) -> None:
    """Accuracy with its interval, and loss."""
    low, high = evaluation.interval
    say(
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
    """Aligned columns under a header on a terminal, bare tab-separated lines elsewhere.

    A row is one line however narrow the terminal is, and a cell stays whole.
    """
    clean = [[printable(cell) for cell in row] for row in rows]
    if not on_terminal():
        for row in clean:
            print("\t".join(row))
        return
    from rich.cells import cell_len

    clean.insert(0, list(header))
    widths = [max(map(cell_len, column)) for column in zip(*clean, strict=True)]
    lines = []
    for row in clean:
        cells = (c + " " * (w - cell_len(c)) for c, w in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    say("\n".join(lines))
