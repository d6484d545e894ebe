"""Runs beside one another, from their own files."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import msgspec
import numpy as np

from .. import config as configuration
from ..cells import read_cell
from ..declared import checked
from ..errors import InputError
from ..metrics import McNemar, mcnemar, wilson_interval
from ..printable import command
from ..report.against import flat
from ..report.comparison import Comparison, Pair, RunFacts
from ..report.curves import column
from ..report.words import number
from ..significance import holm
from ..text import plural
from ..training import Run
from ..types import Array
from .reporting import HEADER, read_history, read_metrics

BESIDE = ("machine", "versions", "commit")
"""What is compared besides the settings: it explains another time, or another last digit."""


@dataclass(frozen=True)
class _Answers:
    """What a run said of its test images: their names and true classes, and which are right;
    where the data lie, and the hash of the arrays, "" if nobody knows it."""

    images: list[tuple[str, str]]
    right: Array
    data: str
    sha256: str

    def of_the_same(self, other: _Answers) -> bool:
        """Whether they are of the same images. Of a folder these may have been read in another
        size, so that the arrays differ; images without files are known by their arrays alone."""
        if self.images != other.images:
            return False
        of_files = self.data == other.data and not self.images[0][0].startswith("image ")
        return of_files or self.sha256 == other.sha256 or not (self.sha256 and other.sha256)


@checked
def compare(runs: Sequence[Run]) -> Comparison:
    """What differs between runs: results with their intervals, McNemar's test of each two that
    were tested on the same images, and the settings that are not the same.

    Nothing is computed anew: the predictions are those that each run wrote for its test images.
    Runs of different images are compared but for the test, and the pair says why.

    Raises InputError for less than two runs, for the same twice, and for a run with a damaged file.

    >>> import tempfile
    >>> from chainrule.config import assignments, resolve
    >>> from chainrule.experiment import start
    >>> def trained(folder, hidden):
    ...     config = resolve(assignments(["epochs=1", f"model.hidden=[{hidden}]"]))
    ...     return start(config, folder).run
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     compared = compare([trained(f"{folder}/{n}", n) for n in (4, 64)])
    >>> [run.name for run in compared.runs]
    ['4', '64']
    """
    if len(runs) < 2:
        raise InputError(f"RUN: expected two runs or more, received {len(runs)}")
    seen: set[Any] = set()
    for run in runs:
        if (place := run.folder.resolve()) in seen:
            raise InputError(f"RUN: expected each run once, received {run.folder} twice")
        seen.add(place)
    names = [run.folder.resolve().name for run in runs]
    names = [
        name if names.count(name) == 1 else str(run.folder)
        for name, run in zip(names, runs, strict=True)
    ]
    metrics = [read_metrics(run) for run in runs]
    facts = [_facts(*of) for of in zip(names, runs, metrics, strict=True)]
    configs = [configuration.load(run.config, by_run=True) for run in runs]
    answers = [
        _answers(name, run, config.data, figures)
        for name, run, config, figures in zip(names, runs, configs, metrics, strict=True)
    ]
    settings = [msgspec.to_builtins(config) for config in configs]
    beside = [{key: _short(figures.get(key)) for key in BESIDE} for figures in metrics]
    pairs = _holm([_pair(i, j, names, answers) for i, j in combinations(range(len(runs)), 2)])
    return Comparison(facts, pairs, _differing(settings) | _differing(beside, known=True))


def _short(value: Any) -> Any:
    """A commit by its first digits, with the mark of what was changed since; others as they are."""
    return re.sub(r"^([0-9a-f]{12})[0-9a-f]{28}", r"\1", value) if isinstance(value, str) else value


def _facts(name: str, run: Run, metrics: Mapping[str, Any]) -> RunFacts:
    history = read_history(run)
    validation = column(history, "validation_accuracy")
    known = np.isfinite(validation)
    best = int(np.nanargmax(validation)) if known.any() else None
    test, count = number(metrics.get("test_accuracy")), number(metrics.get("test_count"))
    if not (0 <= test <= 1 and 1 <= count < 1e15):
        test, count = math.nan, 0
    return RunFacts(
        name,
        test,
        wilson_interval(round(test * count), round(count)) if count else (0.0, 1.0),
        round(count),
        number(metrics.get("test_loss")),
        math.nan if best is None else float(validation[best]),
        math.nan if best is None else number(history[best].get("epoch")),
        float(validation[-1]) if len(validation) else math.nan,
        number(metrics.get("parameters")),
        number(metrics.get("seconds")),
        history,
    )


def _answers(name: str, run: Run, data: str, metrics: Mapping[str, Any]) -> _Answers | str:
    """The run's answers, or why there are none."""
    if not run.finished:
        return f"{name} is not finished"
    if not run.predictions.exists():
        return f"{name} has no predictions: {command('chainrule', 'report', run.folder)}"
    try:
        with run.predictions.open(newline="", encoding="utf-8") as file:
            header, *rows = [*csv.reader(file)] or [[]]
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"cannot read {run.predictions}: {error}") from None
    if tuple(header) != HEADER or not rows or any(len(row) != len(HEADER) for row in rows):
        raise InputError(f"{run.predictions}: expected the columns {', '.join(HEADER)} in each row")
    images = [(read_cell(path), read_cell(true)) for path, true, *_ in rows]
    right = np.array([true == predicted for _, true, predicted, _ in rows], bool)
    sha256 = str((metrics.get("data_sha256") or {}).get("test") or "")
    return _Answers(images, right, data, sha256)


def _pair(i: int, j: int, names: Sequence[str], answers: Sequence[_Answers | str]) -> Pair:
    first, second = answers[i], answers[j]
    if isinstance(first, str) or isinstance(second, str):
        reason = first if isinstance(first, str) else str(second)
        return Pair(i, j, reason=f"not tested: {reason}")
    if not first.of_the_same(second):
        of = [f"{plural(len(each.images), 'image')} of {each.data}" for each in (first, second)]
        said = f"not tested: the test images are not the same, {of[0]} and {of[1]}"
        return Pair(i, j, reason=said)
    test = _mcnemar(first.right, second.right)
    return Pair(i, j, test.only_first, test.only_second, test.p_value)


def _mcnemar(first: Array, second: Array) -> McNemar:
    """The test on what is right (1) and wrong (0), for labels that are all 1."""
    return mcnemar(np.ones(len(first), np.int64), first.astype(int), second.astype(int))


def _holm(pairs: list[Pair]) -> list[Pair]:
    """The pairs with p adjusted for the number of those that were tested."""
    tested = [pair for pair in pairs if not pair.reason]
    adjusted = iter(holm([pair.p_value for pair in tested]))
    return [pair if pair.reason else replace(pair, adjusted=next(adjusted)) for pair in pairs]


def _differing(tables: Sequence[Mapping[str, Any]], known: bool = False) -> dict[str, list[Any]]:
    """(path: its values) of what is not the same in all tables; with ``known``, in those that say
    it."""
    every = [dict(flat(table)) for table in tables]
    paths = dict.fromkeys(path for table in every for path in table)
    values = {path: [table.get(path) for table in every] for path in paths}
    return {
        path: each
        for path, each in values.items()
        if len(distinct := {repr(value) for value in each}) - (known and "None" in distinct) > 1
    }
