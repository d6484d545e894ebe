"""What a search found: trials by validation accuracy, and which of them cannot be told apart."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import time
from typing import Any

from ..printable import printable
from .lease import BEAT, SILENT, every, holder, workers
from .plan import Plan
from .study import optuna

LEVEL = 1.96  # of the normal distribution: 5 %, two-sided


@dataclass(frozen=True)
class Row:
    """A trial. ``accuracy`` is on ``count`` validation images; None of one that failed.

    ``workers`` says who has worked on it: host, pid, version, commit, and ``from_epoch``, the
    epoch from which it went on. ``silence`` is the age of the last sign of life of one that runs,
    in seconds, by the clocks of the hosts.
    """

    number: int
    state: str
    values: dict[str, Any]
    accuracy: float | None = None
    count: int = 0
    seconds: float | None = None
    epochs: int | None = None
    problem: str = ""
    by_epoch: dict[int, float] = field(default_factory=dict)
    workers: list[dict[str, Any]] = field(default_factory=list)
    silence: float | None = None

    @property
    def host(self) -> str:
        """Of the last worker."""
        return str(self.workers[-1]["host"]) if self.workers else "–"


def rows(study: Any, plan: Plan) -> list[Row]:
    """Every trial, the best first; those that failed last."""
    found = [_row(trial, plan) for trial in study.get_trials(deepcopy=False)]
    return sorted(found, key=lambda r: (r.accuracy is None, -(r.accuracy or 0), r.number))


def _row(trial: Any, plan: Plan) -> Row:
    attributes = trial.user_attrs
    state, silence = trial.state.name.lower(), None
    if state == "running":
        silence = _silence(trial)
        released = bool(holder(trial).get("released"))
        silent = silence is None or silence > SILENT * every(trial)
        state = "stale" if released or silent else state
    return Row(
        trial.number,
        state,
        {d.name: d.decode(trial.params[d.name]) for d in plan.space if d.name in trial.params},
        attributes.get("validation_accuracy"),
        attributes.get("validation_count", 0),
        attributes.get("seconds"),
        attributes.get("epochs", max(trial.intermediate_values, default=None)),
        attributes.get("problem", ""),
        dict(trial.intermediate_values),
        [_told(worker) for worker in workers(trial)],
        silence,
    )


TOLD = ("host", "pid", "version", "commit", "from_epoch")


def _told(worker: dict[str, Any]) -> dict[str, Any]:
    said = {name: worker.get(name) for name in TOLD}
    return {name: printable(v) if isinstance(v, str) else v for name, v in said.items()}


def _silence(trial: Any) -> float | None:
    """Seconds since the last heartbeat, by the clocks of the worker's host and of this one; None
    without one."""
    beat = trial.user_attrs.get(BEAT)
    at = beat[-1] if isinstance(beat, list) and beat else None
    return max(0.0, time() - at) if isinstance(at, int | float) else None


def by_host(found: Sequence[Row]) -> list[dict[str, Any]]:
    """How many trials each host has in each of `STATES`; that of the last worker counts."""
    hosts = sorted({row.host for row in found})
    counts = []
    for host in hosts:
        states = [row.state for row in found if row.host == host]
        counts.append({"host": host} | {state: states.count(state) for state in STATES})
    return counts


STATES = ("running", "stale", "complete", "pruned", "fail")


def complete(found: Sequence[Row]) -> list[Row]:
    """Those that were trained to their end."""
    return [row for row in found if row.state == "complete" and row.accuracy is not None]


def told_apart(one: Row, other: Row) -> bool:
    """Whether two accuracies p and q differ by more than chance: |p - q| > 1.96 √(2 r (1 - r) / n)

    with r their mean, the test of two shares of n images each. The images are the same ones, which
    makes the test a cautious one.
    """
    if one.accuracy is None or other.accuracy is None:
        return True
    mean, n = (one.accuracy + other.accuracy) / 2, max(1, min(one.count, other.count))
    return abs(one.accuracy - other.accuracy) > LEVEL * math.sqrt(2 * mean * (1 - mean) / n)


def tied(found: Sequence[Row]) -> list[Row]:
    """The trials that cannot be told from the best one, which comes first."""
    ended = complete(found)
    return [row for row in ended if not told_apart(ended[0], row)] if ended else []


def pareto(found: Sequence[Row]) -> list[Row]:
    """The trials that none is both quicker and more accurate than, the quickest first."""
    front: list[Row] = []
    ended = [row for row in complete(found) if row.seconds is not None]
    for row in sorted(ended, key=lambda r: (r.seconds, -(r.accuracy or 0))):
        if not front or (row.accuracy or 0) > (front[-1].accuracy or 0):
            front.append(row)
    return front


def importance(study: Any, plan: Plan) -> dict[str, float]:
    """How much each setting matters among the better trials, shares of 1, the largest first; {} of
    fewer than four trials.

    PED-ANOVA: Watanabe et al. 2023.
    """
    package = optuna()
    ended = study.get_trials(deepcopy=False, states=(package.trial.TrialState.COMPLETE,))
    names = [d.name for d in plan.space]
    varied = [name for name in names if len({trial.params.get(name) for trial in ended}) > 1]
    if len(ended) < 4 or not varied:
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", package.exceptions.ExperimentalWarning)
            evaluator = package.importance.PedAnovaImportanceEvaluator()
            found = package.importance.get_param_importances(
                study, evaluator=evaluator, params=varied
            )
    except (ValueError, RuntimeError):
        return {}
    return {name: float(share) for name, share in found.items() if math.isfinite(share)}


def short_search(found: Sequence[Row], epochs: int) -> Row | None:
    """What trainings of so many epochs would have chosen, of those that were trained to the end."""
    seen = [
        (max(value for epoch, value in row.by_epoch.items() if epoch <= epochs), row)
        for row in complete(found)
        if any(epoch <= epochs for epoch in row.by_epoch)
    ]
    return max(seen, key=lambda pair: pair[0])[1] if seen else None
