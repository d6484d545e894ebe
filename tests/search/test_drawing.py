from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("optuna")

from chainrule.search import Plan, read_plan
from chainrule.search.drawing import draw
from chainrule.search.plan import PRUNERS, SAMPLERS
from chainrule.search.study import optuna

TEXT = """
data = "digits"
[search]
sampler = "{sampler}"
pruner = "{pruner}"
trials = {trials}
[search.space]
"optimizer.lr" = {lr}
"model.hidden" = [[8], [16]]
"""
STUDY = SimpleNamespace(study_name="s")


def plan_of(tmp_path: Path, **given: object) -> Plan:
    options = {"sampler": "random", "pruner": "none", "trials": 5, "lr": "{log = [1e-3, 1e-1]}"}
    (tmp_path / "s.toml").write_text(TEXT.format(**options | given))
    return read_plan(tmp_path / "s.toml")


def drawn(plan: Plan, state: str = "RUNNING") -> list[Any]:
    """The trials that one worker draws, each of which then has this state."""
    trials: list[Any] = []
    while (trial := draw(optuna(), plan, STUDY, trials)) is not None:
        trial.number = len(trials)
        trial.state = optuna().trial.TrialState[state]
        if state == "COMPLETE":
            trial.value, trial.datetime_complete = 0.5 + 0.01 * len(trials), trial.datetime_start
        trials.append(trial)
    return trials


@pytest.mark.parametrize("sampler", [*SAMPLERS])
@pytest.mark.parametrize("pruner", [*PRUNERS])
def test_every_sampler_draws_its_trials_whole(tmp_path, sampler, pruner):
    lr = "[0.1, 0.01]" if sampler == "grid" else "{log = [1e-3, 1e-1]}"
    plan = plan_of(tmp_path, sampler=sampler, pruner=pruner, lr=lr, trials=12)
    trials = drawn(plan, "COMPLETE")
    assert len(trials) == plan.trials == (4 if sampler == "grid" else 12)
    assert all({*trial.params} == {"optimizer.lr", "model.hidden"} for trial in trials)
    if sampler == "grid":
        assert len({tuple(trial.params.values()) for trial in trials}) == 4


def test_what_a_trial_tries_depends_on_its_number_and_not_on_who_draws_it(tmp_path):
    plan = plan_of(tmp_path)
    together = drawn(plan)
    for number in range(plan.trials):
        alone = draw(optuna(), plan, STUDY, drawn(plan, "COMPLETE")[:number])
        assert alone.params == together[number].params
    assert len({trial.params["optimizer.lr"] for trial in together}) == plan.trials


def test_a_trial_that_failed_has_another_one_in_its_place(tmp_path):
    plan = plan_of(tmp_path, trials=2)
    assert len(drawn(plan, "FAIL")) == 6  # three tries for each
