"""What the commands print about experiments and results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..config import Config
    from ..data.dataset import Dataset
    from ..experiment import Experiment, Outcome
    from ..metrics import Evaluation
    from ..training.run import Run


def header(experiment: Experiment, run: Run) -> None:
    """What is about to be trained, on what, and where it goes."""
    from ..kernels.notices import when_compiling
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
        ("model", f"{model}, {experiment.parameters:,} parameters"),
        ("training", f"{rule}, {config.epochs} epochs in batches of {config.batch_size}{parts}"),
        *_schedule(experiment),
        *_switched_on(config),
        ("device", f"cpu, {cores} thread{'s' if cores > 1 else ''}"),
    )
    for name, text in rows:
        print(f"{name:<10}{text}")
    print(flush=True)
    when_compiling(lambda: print("compiling kernels, once for this machine …", flush=True))


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


def _switched_on(config: Config) -> list[tuple[str, str]]:
    """The tables in which something is on that is usually off."""
    rows = []
    for name in ("loss", "clip", "average", "plateau"):
        table = getattr(config, name)
        if table == getattr(type(config)(), name) or getattr(table, "patience", 1) == 0:
            continue
        form = table.__struct_config__.tag
        values = ((key, getattr(table, key)) for key in table.__struct_fields__)
        said = [f"{key} {value}" for key, value in values if value]
        rows.append((name, ", ".join([form, *said] if form else said)))
    return [*rows, ("max_norm", f"{config.max_norm:g}")] if config.max_norm else rows


def outcome(outcome: Outcome) -> None:
    """The result of a training, and where it can be looked at."""
    result(outcome.evaluation)
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
    import sys

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
