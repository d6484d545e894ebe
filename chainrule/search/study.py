"""The study: what was tried, in a file or a data base that several processes may share."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..locks import Taken, locked
from ..random import generator
from .plan import Plan

NAME = "chainrule"
FINGERPRINT = "fingerprint"
FINE_BEST = 5
"""Of the coarse half of a search: the fine half is drawn around so many."""


def optuna() -> Any:
    """The package. InputError where it is not installed."""
    try:
        import optuna
    except ImportError:
        raise InputError(
            "a search needs the package optuna: pip install 'chainrule[search]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def open_study(plan: Plan, folder: Path, place: str | None = None) -> Any:
    """The study of ``plan``: in ``folder/journal.log``, or at ``place``, a file or the URL of a
    data base. InputError for that of another search, and for a place that is none."""
    package = optuna()
    storage = _storage(package, folder, place)
    try:
        with asking(folder):
            study = package.create_study(
                study_name=NAME,
                storage=storage,
                direction="maximize",
                sampler=_sampler(package, plan, 0),
                pruner=_pruner(package, plan),
                load_if_exists=True,
            )
            said = study.user_attrs.get(FINGERPRINT)
            if said is None:
                study.set_user_attr(FINGERPRINT, plan.fingerprint())
    except InputError:
        raise
    except Exception as error:  # each data base has errors of its own
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"cannot open the study {place or folder}: {line}") from None
    if said is not None and said != plan.fingerprint():
        raise InputError(
            f"the study in {place or folder} is of another search: its settings, space, sampler or "
            "pruner differ; give another --name, or --study, or move that folder away"
        )
    return study


def _storage(package: Any, folder: Path, place: str | None) -> Any:
    if place is not None and "://" in place:
        try:
            return package.storages.RDBStorage(place)
        except Exception as error:
            line = str(error).splitlines()[0]
            raise InputError(f"--study: cannot open {place}: {line}") from None
    file = folder / "journal.log" if place is None else Path(place)
    if file.is_dir():
        raise InputError(f"--study: expected a file or a URL, and {file} is a folder")
    journal = package.storages.journal
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()  # and nothing more: another process may have begun to write
        backend = journal.JournalFileBackend(str(file), journal.JournalFileOpenLock(str(file)))
        return package.storages.JournalStorage(backend)
    except Exception as error:  # the journal is read as it is opened, and trusted
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"--study: {file} is no study: {line}") from None


def _sampler(package: Any, plan: Plan, trials: int) -> Any:
    """Keyed by the seed and by how many trials there are: a search that goes on, and another
    process on the same study, draw what one process would have drawn."""
    seed = int(generator("search", plan.seed, trials).integers(1 << 31))
    if plan.sampler != "tpe":
        return package.samplers.RandomSampler(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", package.exceptions.ExperimentalWarning)
        # "constant_liar" reckons with the trials that still run.
        return package.samplers.TPESampler(seed=seed, constant_liar=True, multivariate=True)


def _pruner(package: Any, plan: Plan) -> Any:
    pruners = package.pruners
    if plan.pruner == "median":
        return pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2)
    if plan.pruner == "successive-halving":
        return pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
    if plan.pruner == "hyperband":
        return pruners.HyperbandPruner(min_resource=1, reduction_factor=3)
    return pruners.NopPruner()


def ask(study: Any, plan: Plan) -> Any | None:
    """The next trial with its values drawn; None when there are enough. One process at a time:
    within `asking`."""
    state = optuna().trial.TrialState
    trials = study.get_trials(deepcopy=False)
    begun = [trial for trial in trials if trial.state != state.FAIL]
    if plan.sampler == "grid":
        if (rest := _untried(trials, plan)) is None:
            return None
        study.enqueue_trial(rest)
    elif len(begun) >= plan.trials or len(trials) >= 3 * plan.trials:
        return None
    bounds: dict[str, Any] = {}
    if plan.sampler == "coarse-to-fine" and len(begun) >= plan.trials // 2:
        bounds = _around(trials, plan, state)
    study.sampler = _sampler(optuna(), plan, len(trials))
    trial = study.ask()
    for dimension in plan.space:
        dimension.suggest(trial, bounds.get(dimension.name))
    return trial


def _untried(trials: list[Any], plan: Plan) -> dict[str, str] | None:
    """The first combination of a grid that no trial has, failed ones included."""
    names = [d.name for d in plan.space]
    tried = {tuple(trial.params.get(name) for name in names) for trial in trials}
    rest = (each for each in product(*(d.coded for d in plan.space)) if each not in tried)
    found = next(rest, None)
    return None if found is None else dict(zip(names, found, strict=True))


def _around(trials: list[Any], plan: Plan, state: Any) -> dict[str, Any]:
    """The bounds of the fine half: around the best of the coarse half that has ended."""
    done = [t for t in trials[: plan.trials // 2] if t.state == state.COMPLETE]
    best = sorted(done, key=lambda t: -t.value)[:FINE_BEST]
    if not best:
        return {}
    return {d.name: d.around([t.params[d.name] for t in best]) for d in plan.space}


@contextmanager
def asking(folder: Path) -> Iterator[None]:
    """Inside, no other process of this machine asks the same study."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".ask.lock"):
        yield


@contextmanager
def owned(folder: Path, number: int) -> Iterator[bool]:
    """Inside, this process works on a trial; False if another one does."""
    place = folder / "trials"
    place.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(place / f".{number:04}.lock", timeout=0))
        except Taken:
            yield False
            return
        yield True
