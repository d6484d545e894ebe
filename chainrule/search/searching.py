"""Train the trials of a search, each in a run folder of its own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .. import experiment
from ..config import load
from ..errors import CheckFailed, InputError
from ..training import Callback, Run, Trainer
from .plan import Plan
from .study import ask, asking, open_study, optuna, owned

Say = Callable[[str], object]


class Pruning(Callback):
    """Tells the study each epoch's validation accuracy, and ends a training that it gives up."""

    def __init__(self, trial: Any) -> None:
        self.trial = trial

    def on_epoch(self, trainer: Trainer) -> None:
        row = trainer.history.rows[-1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a resumed epoch was reported before
            self.trial.report(row["validation_accuracy"], trainer.epoch)
        if trainer.epoch < trainer.epochs and self.trial.should_prune():
            trainer.stop = True
            self.trial.set_user_attr("pruned", True)


def search(
    plan: Plan,
    folder: Path,
    *,
    study: str | None = None,
    callbacks: Callable[[], Sequence[Callback]] = tuple,
    say: Say = print,
) -> Any:
    """Train until the study of ``plan`` has its trials, and return it.

    Trials that were killed, here or in another process, go on first. The runs are
    ``folder/trials/0000`` and so on. InputError as from `open_study`.
    """
    opened = open_study(plan, folder, study)
    _adopt(opened, plan, folder, callbacks, say)
    while (asked := _ask(opened, plan, folder)) is not None:
        trial, held = asked
        with held:
            _run(opened, plan, folder, trial, callbacks, say)
    _adopt(opened, plan, folder, callbacks, say)  # of a process that was killed meanwhile
    return opened


def _ask(study: Any, plan: Plan, folder: Path) -> tuple[Any, ExitStack] | None:
    """The next trial, and what keeps other processes from it; None when there are enough."""
    with asking(folder), ExitStack() as held:
        trial = ask(study, plan)
        if trial is None:
            return None
        held.enter_context(owned(folder, trial.number))
        return trial, held.pop_all()


def _adopt(
    study: Any, plan: Plan, folder: Path, callbacks: Callable[[], Sequence[Callback]], say: Say
) -> None:
    """Go on with trials that are running by the study, and that nobody works on."""
    package = optuna()
    for frozen in study.get_trials(deepcopy=False, states=(package.trial.TrialState.RUNNING,)):
        if {d.name for d in plan.space} != {*frozen.params}:
            study.tell(frozen.number, state=package.trial.TrialState.FAIL)
            continue
        with owned(folder, frozen.number) as mine:
            if mine:
                trial = package.trial.Trial(study, frozen._trial_id)
                _run(study, plan, folder, trial, callbacks, say)


def _run(
    study: Any,
    plan: Plan,
    folder: Path,
    trial: Any,
    callbacks: Callable[[], Sequence[Callback]],
    say: Say,
) -> None:
    """Train one trial, or go on with it, and tell the study what came of it."""
    state = optuna().trial.TrialState
    values = {d.name: d.decode(trial.params[d.name]) for d in plan.space}
    told = ", ".join(f"{name} {short(value)}" for name, value in values.items())
    say(f"trial {trial.number + 1} of {plan.trials}: {told}")
    place = folder / "trials" / f"{trial.number:04}"
    try:
        metrics = _train(plan, values, place, [Pruning(trial), *callbacks()], say)
    except (CheckFailed, InputError) as error:
        trial.set_user_attr("problem", str(error))
        study.tell(trial.number, state=state.FAIL)
        say(f"failed: {error}")
        return
    for name in ("seconds", "parameters", "best_epoch", "epochs"):
        trial.set_user_attr(name, metrics[name])
    trial.set_user_attr("run", place.name)
    trial.set_user_attr("validation_accuracy", metrics["validation_accuracy"])
    trial.set_user_attr("validation_count", metrics["validation_count"])
    if trial.user_attrs.get("pruned"):
        study.tell(trial.number, state=state.PRUNED)
    else:
        study.tell(trial.number, metrics["validation_accuracy"])


def _train(
    plan: Plan, values: dict[str, Any], place: Path, callbacks: list[Callback], say: Say
) -> dict[str, Any]:
    if (place / "config.toml").is_file():
        run = Run.open(place)
        if not run.finished:
            prepared = experiment.reopen(run)
            experiment.resume(prepared, run, callbacks, say)
    else:
        run = experiment.start(plan.config(values), place, callbacks).run
    prepared = experiment.prepare(load(run.config, by_run=True))
    metrics = experiment.read_metrics(run)
    return {**metrics, "validation_count": len(prepared.validation)}


def short(value: Any) -> str:
    """A value as a line shows it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
