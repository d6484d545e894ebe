"""What the next trial tries: a function of the plan, of the trials so far, and of its number."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product
from typing import Any

from ..random import generator
from .plan import Plan

FINE_BEST = 5
"""Of the coarse half of a search: the fine half is drawn around so many."""


def draw(package: Any, plan: Plan, study: Any, trials: Sequence[Any]) -> Any | None:
    """A trial with its values, which is in no study yet; None when there are enough.

    It is drawn in a study of its own in memory, so that it can be stored whole in one step, and a
    process that is killed leaves no trial without values. ``trials`` are all of ``study``, which
    nobody changes meanwhile.
    """
    state = package.trial.TrialState
    begun = [trial for trial in trials if trial.state != state.FAIL]
    rest: dict[str, str] | None = None
    if plan.sampler == "grid":
        if (rest := _untried(trials, plan)) is None:
            return None
    elif len(begun) >= plan.trials or len(trials) >= 3 * plan.trials:
        return None
    bounds: dict[str, Any] = {}
    if plan.sampler == "coarse-to-fine" and len(begun) >= plan.trials // 2:
        bounds = _around(trials, plan, state)
    scratch = package.create_study(
        study_name=study.study_name,  # by which hyperband chooses a trial's first budget
        direction="maximize",
        sampler=_sampler(package, plan, len(trials)),
        pruner=pruner(package, plan),
    )
    if plan.sampler == "tpe":
        scratch.add_trials(trials)
    if rest is not None:
        scratch.enqueue_trial(rest)
    drawn = scratch.ask()
    for dimension in plan.space:
        dimension.suggest(drawn, bounds.get(dimension.name))
    return package.trial.create_trial(
        state=state.RUNNING, params=drawn.params, distributions=drawn.distributions
    )


def _sampler(package: Any, plan: Plan, number: int) -> Any:
    """Keyed by the seed and by the number of the trial: a search that goes on draws what it would
    have drawn, and no two processes draw the same, on whichever hosts they are."""
    seed = int(generator("search", plan.seed, number).integers(1 << 31))
    if plan.sampler != "tpe":
        return package.samplers.RandomSampler(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", package.exceptions.ExperimentalWarning)
        # "constant_liar" reckons with the trials that still run.
        return package.samplers.TPESampler(seed=seed, constant_liar=True, multivariate=True)


def pruner(package: Any, plan: Plan) -> Any:
    """Optuna's pruner of a plan."""
    pruners = package.pruners
    if plan.pruner == "median":
        return pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2)
    if plan.pruner == "successive-halving":
        return pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
    if plan.pruner == "hyperband":
        return pruners.HyperbandPruner(min_resource=1, reduction_factor=3)
    return pruners.NopPruner()


def _untried(trials: Sequence[Any], plan: Plan) -> dict[str, str] | None:
    """The first combination of a grid that no trial has, failed ones included."""
    names = [d.name for d in plan.space]
    tried = {tuple(trial.params.get(name) for name in names) for trial in trials}
    rest = (each for each in product(*(d.coded for d in plan.space)) if each not in tried)
    found = next(rest, None)
    return None if found is None else dict(zip(names, found, strict=True))


def _around(trials: Sequence[Any], plan: Plan, state: Any) -> dict[str, Any]:
    """The bounds of the fine half: around the best of the coarse half that has ended."""
    done = [t for t in trials[: plan.trials // 2] if t.state == state.COMPLETE]
    best = sorted(done, key=lambda t: -t.value)[:FINE_BEST]
    if not best:
        return {}
    return {d.name: d.around([t.params[d.name] for t in best]) for d in plan.space}
