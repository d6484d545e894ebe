"""What the commands print, and how: nothing that a name holds reaches the terminal raw."""

from __future__ import annotations

import contextlib
import functools
import json
import math
import re
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ..printable import printable, printable_lines
from ..terminal import is_watched
from ..text import aligned, fitted, percent, plural
from ..text import wrapped as text_lines

if TYPE_CHECKING:
    from ..config import Config
    from ..cost import Timing
    from ..distributed import Group
    from ..experiment import Experiment, Outcome
    from ..metrics import ClassScores, Evaluation
    from ..report.advice import Advice
    from ..training.run import Run


def say(text: object = "", *, end: str = "\n") -> None:
    """Print ``text``, line by line, on stdout, at once.

    What steers a terminal becomes a visible escape; the lines that ``text`` has stay lines, so
    that a name that might hold a line break goes through `printable` on its own.
    """
    print(printable_lines(text), end=end, flush=True)


def rows(table: Iterable[tuple[str, object]]) -> None:
    """Print (name, text) pairs in two columns, a line each."""
    for name, text in table:
        say(f"{name:<10}{printable(text)}")


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters where words allow it. No word is cut, and neither is
    a command in quotes, which is there to be pasted.

    >>> wrapped("go on with 'chainrule resume runs/a', or not", 20)
    ['go on with', "'chainrule resume runs/a',", 'or not']
    """
    whole = re.sub(r"'chainrule [^']*'", lambda match: match[0].replace(" ", "\0"), text)
    return [line.replace("\0", " ") for line in text_lines(whole, max(width, 20))]


def on_terminal() -> bool:
    """Whether somebody is looking at stdout."""
    return is_watched(sys.stdout)


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Container[int] = (),
    prose: bool = False,
) -> None:
    """Aligned columns under a header on a terminal, tab-separated lines under one elsewhere.

    A row is one line however narrow the terminal is, and a cell stays whole, so that it can be
    searched and copied; with ``prose`` in the last column it is laid out for the terminal's width.
    The columns ``right`` are numbers.
    """
    clean = [[printable(cell) for cell in row] for row in (header, *rows)]
    if not on_terminal():
        print("\n".join("\t".join(row) for row in clean), flush=True)
        return
    from rich.cells import cell_len

    from ..terminal import console

    lines = (
        fitted(clean, console().width, right=right, width=cell_len)
        if prose
        else aligned(clean, right=right, width=cell_len)
    )
    say("\n".join(lines))


def remark(text: str) -> None:
    """Say on a terminal what is no result, in lines that fit it."""
    if on_terminal():
        from ..terminal import console

        say("\n".join(text_lines(text, console().width)))


def say_json(value: Any) -> None:
    """Print ``value`` as one JSON document in ASCII, with null for what is not a finite number:
    NaN is no JSON."""
    print(json.dumps(_finite(value), indent=2, allow_nan=False), flush=True)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


P = ParamSpec("P")
R = TypeVar("R")

MOST_FILES = 3
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


def estimate(experiment: Experiment, group: Group | None = None) -> Timing:
    """What the training will cost, found by a few steps on a copy. InputError if it cannot fit
    the memory."""
    from .. import experiment as experiments

    ranks = 1 if group is None else group.size
    return announced(experiments.estimate)(experiment, by_layer=False, ranks=ranks)


def header(experiment: Experiment, run: Run, estimated: Timing, group: Group | None = None) -> None:
    """What is about to be trained, on what, at what cost, and where it goes."""
    from ..config import seconds

    config, train = experiment.config, experiment.train
    height, width, channels = train.images.shape[1:]
    model, rule = config.model_name, config.optimizer.__struct_config__.tag
    parts = f", each in {config.accumulate} parts" if config.accumulate > 1 else ""
    table = (
        ("run", str(run.folder)),
        (
            "data",
            f"{config.data}: {len(train):,} training, {len(experiment.validation):,} validation, "
            f"{plural(len(experiment.test), 'test image')} of {height}x{width}x{channels}",
        ),
        *about_data(experiment, run),
        ("model", f"{model}, {plural(experiment.parameters, 'parameter')}"),
        *experiment.about_source,
        (
            "training",
            f"{rule}, {plural(config.epochs, 'epoch')} in batches of {config.batch_size}{parts}"
            + (f", within {budget:g} s" if (budget := seconds(config.time_budget)) else ""),
        ),
        *_schedule(experiment),
        *_augmentation(experiment),
        *_switched_on(config),
        ("device", _device(config)),
        *_ranks(group),
        *estimated.rows,
    )
    rows(table)
    say()


def _ranks(group: Group | None) -> list[tuple[str, str]]:
    if group is None or group.size == 1:
        return []
    rows = [("ranks", f"{group.size} over {group.where}, each with its share of a batch")]
    return rows + ([("", group.crowded)] if group.crowded else [])


def _device(config: Config) -> str:
    from ..device import device
    from ..machine import loop_threads

    place = device(config.device)
    if place.is_gpu:
        return f"{place.described}, {config.precision}"
    return f"cpu, {plural(loop_threads(), 'thread')}{_precision(config)}"


def _precision(config: Config) -> str:
    """What multiplies, where it is not plain float32."""
    from ..kernels.instructions import told

    return "" if config.precision == "float32" else f", {told(config.precision)}"


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
    next_steps(outcome.advice, outcome.run)


def next_steps(advice: Sequence[Advice], run: Run) -> None:
    """What to try next: each finding, what to do about it, and the command that does it, which
    stays on one line to be pasted."""
    from ..report.advice import NOTHING

    say(f"\nwhat to try next{'' if advice else f': {NOTHING}'}")
    for i, each in enumerate(advice, start=1):
        _said(f"{i}. ", f"{each.name}: {each.finding}")
        for name in each.files[:MOST_FILES]:
            say(f"   - {printable(name)}")
        if (rest := len(each.files) - MOST_FILES) > 0:
            say(f"   and {rest:,} more, in the report")
        _said("   ", f"{each.todo}:")
        say(f"   {each.command(run.folder)}")


def _said(before: str, text: str) -> None:
    """``text`` behind ``before``; on a terminal in lines that fit it, the later ones indented."""
    lines = [printable(text)]
    if on_terminal():
        from ..terminal import console

        lines = wrapped(lines[0], console().width - len(before))
    say(before + f"\n{' ' * len(before)}".join(lines))


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
