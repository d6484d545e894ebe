"""Which trial a worker works on next: one that its worker has left, or a new one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..locks import Taken, locked
from .drawing import draw
from .lease import (
    BEAT,
    SILENT,
    WORKERS,
    Watch,
    every,
    first_beat,
    holder,
    signed,
    where,
    workers,
)
from .study import Shared, optuna
from .worker import Host, this_host

MOST_DEATHS = 3
"""Workers that may die on a trial without reporting an epoch more."""


@dataclass(frozen=True)
class Task:
    """A trial to be worked on. ``held`` gives back its lock; ``before`` was its last worker."""

    trial: Any
    held: ExitStack
    before: dict[str, Any]


def next_task(shared: Shared, watch: Watch) -> tuple[Task | None, list[Any]]:
    """A trial for this worker, if there is one, and the running trials of others of which it is
    not known yet whether their workers live. To be called by one process at a time."""
    unknown = []
    trials = shared.trials()
    for trial in trials:
        if trial.state.name != "RUNNING":
            continue
        with ExitStack() as stack:
            lock = stack.enter_context(_lock(shared.folder, trial.number))
            verdict = _verdict(shared, watch, trial, lock)
            if verdict == "unknown":
                unknown.append(trial)
            elif verdict == "dead" and not _deadly(shared, trial):
                return _take(shared, trial, lock is True, stack.pop_all()), unknown
    return _new(shared, shared.trials()), unknown


def _verdict(shared: Shared, watch: Watch, trial: Any, lock: bool | None) -> str:
    """Whether the worker of a running trial is "alive" or "dead"; "unknown" until it was watched
    for a while. ``lock`` is what `_lock` has found."""
    last = holder(trial)
    still, moved = watch.look(trial)
    limit = SILENT * every(trial)
    is_near = _host(last) == this_host()
    if lock is None:  # a process has it: of this host, or of one that may just have died
        waiting = not is_near and limit <= still < 3 * limit
        return "unknown" if waiting or (not (is_near or moved) and still < limit) else "alive"
    if last.get("key") == shared.worker.key or last.get("released"):
        return "dead"  # left by this process itself, in an error
    if lock and is_near and last.get("locked") and where(shared.folder).items() <= last.items():
        return "dead"  # the kernel has taken the lock back
    if still >= limit:
        return "dead"
    return "alive" if moved else "unknown"


def _deadly(shared: Shared, trial: Any) -> bool:
    """Whether one worker after the other has died on a trial, which then has failed: it may need
    more memory than there is."""
    last = workers(trial)[-MOST_DEATHS:]
    reported = len(trial.intermediate_values)
    if len(last) < MOST_DEATHS or any(w.get("released") for w in last):
        return False
    if last[0].get("reported") != reported:
        return False
    package = optuna()
    storage = shared.study._storage
    problem = f"its worker died {MOST_DEATHS} times in the same epoch; is there enough memory?"
    storage.set_trial_user_attr(trial._trial_id, "problem", problem)
    shared.study.tell(trial.number, state=package.trial.TrialState.FAIL)
    return True


def _take(shared: Shared, trial: Any, is_locked: bool, held: ExitStack) -> Task:
    storage, before = shared.study._storage, holder(trial)
    mine = _signed(shared, is_locked, len(trial.intermediate_values))
    storage.set_trial_user_attr(trial._trial_id, WORKERS, [*workers(trial), mine])
    storage.set_trial_user_attr(trial._trial_id, BEAT, first_beat(shared.worker))
    return Task(optuna().trial.Trial(shared.study, trial._trial_id), held, before)


def _new(shared: Shared, trials: list[Any]) -> Task | None:
    package, study = optuna(), shared.study
    drawn = draw(package, shared.plan, study, trials)
    if drawn is None:
        return None
    with ExitStack() as stack:
        is_locked = stack.enter_context(_lock(shared.folder, len(trials))) is True
        drawn.set_user_attr(WORKERS, [_signed(shared, is_locked, 0)])
        drawn.set_user_attr(BEAT, first_beat(shared.worker))
        number = study._storage.create_new_trial(study._study_id, template_trial=drawn)
        return Task(package.trial.Trial(study, number), stack.pop_all(), {})


def _signed(shared: Shared, is_locked: bool, reported: int) -> Any:
    return signed(
        shared.worker, shared.folder, locked=is_locked, beat=shared.plan.heartbeat,
        reported=reported,
    )  # fmt: skip


def _host(said: dict[str, Any]) -> Host:
    return Host(str(said.get("host")), str(said.get("boot")))


@contextmanager
def _lock(folder: Path, number: int) -> Iterator[bool | None]:
    """Inside, no other process of this host works in the folder of a trial. Yields None if one
    does, and False where the file system has no locks."""
    place = folder / "trials"
    place.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            held = stack.enter_context(locked(place / f".{number:04}.lock", timeout=0))
            run = place / f"{number:04}"
            if run.is_dir():  # somebody may be resuming it by hand
                with contextlib.ExitStack() as tried:
                    tried.enter_context(locked(run / ".lock", timeout=0))
        except Taken:
            yield None
            return
        yield held
