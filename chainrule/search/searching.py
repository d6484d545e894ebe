"""Train the trials of a search, each in a run folder of its own."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from time import sleep
from typing import Any

from .. import experiment
from ..config import load
from ..errors import CheckFailed, InputError
from ..experiment import Interrupted
from ..files import WriteFailed
from ..text import duration, plural
from ..training import Callback, Run, Trainer
from .lease import SILENT, Lease, Lost, Watch, every, holder, host
from .plan import Plan
from .study import Say, Shared, open_study, optuna
from .taking import Task, next_task
from .worker import this_host

AGAIN = "run the search again to continue it"


class Following(Callback):
    """Tells the study each epoch's validation accuracy, ends a training that it gives up, and one
    whose trial another worker has taken over."""

    def __init__(self, shared: Shared, trial: Any, lease: Lease) -> None:
        self.shared, self.trial, self.lease = shared, trial, lease

    def on_start(self, trainer: Trainer) -> None:
        self.shared.alone(lambda: self.lease.note(from_epoch=trainer.epoch))

    def on_step(self, trainer: Trainer) -> None:
        self.lease.keep()

    def on_epoch(self, trainer: Trainer) -> None:
        accuracy = trainer.history.rows[-1]["validation_accuracy"]
        self.lease.keep()
        self._if_running(lambda: self._report(accuracy, trainer.epoch))
        if self.shared.plan.pruner == "none" or trainer.epoch >= trainer.epochs:
            return
        if self._if_running(self.trial.should_prune):
            trainer.stop = True
            self._if_running(lambda: self.trial.set_user_attr("pruned", True))

    def _report(self, accuracy: float, epoch: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a resumed epoch was reported before
            self.trial.report(accuracy, epoch)

    def _if_running(self, call: Callable[[], Any]) -> Any:
        """``call()``; Lost if another worker has ended the trial meanwhile."""
        try:
            return self.shared.steadily(call)
        except optuna().exceptions.UpdateFinishedTrialError:
            raise Lost from None


def search(
    plan: Plan,
    folder: Path,
    *,
    study: str | None = None,
    callbacks: Callable[[], Sequence[Callback]] = tuple,
    say: Say = print,
) -> Any:
    """Train until the study of ``plan`` has its trials, and return it.

    Any number of processes of any hosts may do so at once. Trials whose workers have died go on
    first, from their checkpoints where the folder is shared. The runs are ``folder/trials/0000``
    and so on. Before it returns, and after it had nothing left to do, the workers of all trials
    that still run have been seen alive.
    InputError as from `open_study`, and if the study cannot be reached any more.
    """
    shared = open_study(plan, folder, study, say)
    watch = Watch()
    idle = waited = False
    got: list[Task] = []

    def ask() -> tuple[Task | None, list[Any]]:
        while got:  # of a try that failed at its end
            got.pop().held.close()
        task, unknown = next_task(shared, watch)
        got.extend([] if task is None else [task])
        return task, unknown

    while True:
        task, unknown = shared.alone(ask)
        got.clear()
        if task is not None:
            idle = False
            with task.held:
                _run(shared, watch, task, callbacks, say)
        elif not idle:  # a worker that was alive at the last look may have died since
            idle = True
            watch.forget()
        elif unknown:
            if not waited:
                say(_waiting(unknown))
                waited = True
            sleep(min(1.0, min(map(every, unknown)) / 2))
        else:
            return shared.study


def _waiting(trials: Sequence[Any]) -> str:
    hosts = ", ".join(sorted({host(holder(trial)) for trial in trials}))
    seconds = duration(SILENT * max(map(every, trials)))
    return (
        f"waiting: {plural(len(trials), 'trial')} running elsewhere ({hosts}); one without a "
        f"heartbeat for {seconds} is taken over"
    )


def _run(
    shared: Shared,
    watch: Watch,
    task: Task,
    callbacks: Callable[[], Sequence[Callback]],
    say: Say,
) -> None:
    """Train one trial, or go on with it, and tell the study what came of it."""
    plan, trial = shared.plan, task.trial
    values = {d.name: d.decode(trial.params[d.name]) for d in plan.space if d.name in trial.params}
    told = ", ".join(f"{name} {short(value)}" for name, value in values.items())
    say(f"trial {trial.number + 1} of {plan.trials}: {told}{_taken_over(task)}")
    place = shared.folder / "trials" / f"{trial.number:04}"
    lease = Lease(
        shared.study._storage, trial._trial_id, shared.worker, plan.heartbeat, shared.steadily,
        watch.forget,
    )  # fmt: skip
    try:
        with lease:
            following = Following(shared, trial, lease)
            try:
                metrics = _train(shared, values, place, [following, *callbacks()], say)
            except WriteFailed:
                raise
            except (CheckFailed, InputError, MemoryError) as error:
                problem = str(error) or "not enough memory"
                _finish(shared, lease, trial, "FAIL", None, {"problem": problem})
                say(f"failed: {problem}")
                return
            noted = {name: metrics[name] for name in NOTED}
            state = "PRUNED" if trial.user_attrs.get("pruned") else "COMPLETE"
            value = None if state == "PRUNED" else metrics["validation_accuracy"]
            _finish(shared, lease, trial, state, value, {**noted, "run": place.name})
    except Lost:
        say(
            f"trial {trial.number + 1} was taken over by another worker, which saw no heartbeat "
            "from this one"
        )
    except KeyboardInterrupt as error:
        _release(shared, lease)
        if isinstance(error, Interrupted):
            at = str(error).partition("; go on with")[0]
            raise Interrupted(f"{at}; {AGAIN}") from None
        raise
    except WriteFailed as error:
        _release(shared, lease)
        first = error.__context__ if isinstance(error.__context__, WriteFailed) else error
        raise WriteFailed(f"{first}; when it can be written, {AGAIN}") from None


def _release(shared: Shared, lease: Lease) -> None:
    """Let others go on at once; where the study cannot be reached they find out."""
    with contextlib.suppress(Exception), shared.mutex():
        lease.note(released=True)


NOTED = (
    "seconds", "parameters", "best_epoch", "epochs", "validation_accuracy", "validation_count",
)  # fmt: skip


def _taken_over(task: Task) -> str:
    if not task.before:
        return ""
    there = host(task.before)
    return f" (taken over{'' if there == this_host().host else f' from {there}'})"


def _finish(
    shared: Shared, lease: Lease, trial: Any, state: str, value: float | None, noted: dict[str, Any]
) -> None:
    """Tell the study how a trial has ended, once: while no other worker can take it over. Raises
    Lost if one has done so before."""
    study, states = shared.study, optuna().trial.TrialState

    def tell() -> None:
        if not lease.is_ours():
            if not told:
                raise Lost
            return  # the answer to an earlier try was lost, and not what it said
        for name, each in noted.items():
            study._storage.set_trial_user_attr(trial._trial_id, name, each)
        told.append(state)
        study.tell(trial.number, value, state=states[state])

    told: list[str] = []
    try:
        shared.alone(tell)
    except optuna().exceptions.UpdateFinishedTrialError:
        raise Lost from None


def _train(
    shared: Shared, values: dict[str, Any], place: Path, callbacks: list[Callback], say: Say
) -> dict[str, Any]:
    if (place / "config.toml").is_file():
        run = Run.open(place)
        if not run.finished:
            prepared = experiment.reopen(run)
            experiment.resume(prepared, run, callbacks, say)
    else:
        run = experiment.start(shared.plan.config(values), place, callbacks).run
    prepared = experiment.prepare(load(run.config, by_run=True))
    metrics = experiment.read_metrics(run)
    return {**metrics, "validation_count": len(prepared.validation)}


def short(value: Any) -> str:
    """A value as a line shows it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
