"""The study: what was tried, in a file or a database that processes of many hosts share."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .. import experiment
from ..errors import InputError
from ..files import atomic_write, parse_json, patiently
from ..printable import command
from ..report.against import differing
from .drawing import pruner
from .mutex import Mutex
from .place import Place, read_place
from .plan import Plan
from .storage import open_mutex, open_storage, opening, reaching
from .worker import Worker, this_worker

T = TypeVar("T")
Say = Callable[[str], object]

NAME = "chainrule"
FINGERPRINT, PLAN, KEY, CODE, DATA = "fingerprint", "plan", "key", "code", "data"
OUTAGE = 300.0  # seconds in which a server may be away, while trials are trained
MOST = 4  # differences that are named


@dataclass(frozen=True)
class Shared:
    """A study that is open, and what it takes to work on it with others."""

    study: Any
    plan: Plan
    folder: Path
    place: Place
    mutex: Mutex
    worker: Worker

    def steadily(self, call: Callable[[], T]) -> T:
        """``call()``, which reads or writes the study, once it can be reached. Unreachable if that
        takes more than OUTAGE seconds."""

        def tried() -> T:
            with reaching(self.place):
                return call()

        return patiently(tried, OUTAGE)

    def alone(self, call: Callable[[], T]) -> T:
        """`steadily`, while no other process of any host is in ``alone``."""

        def inside() -> T:
            with self.mutex():
                return call()

        return self.steadily(inside)

    def trials(self) -> list[Any]:
        """All trials, those of others as they are now."""
        found: list[Any] = self.study.get_trials(deepcopy=False)
        return found


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


def open_study(plan: Plan, folder: Path, given: str | None = None, say: Say = print) -> Shared:
    """The study of ``plan``: in ``folder/journal.log``, or at ``given``, a file or the URL of a
    database, in which it has the name of ``folder``.

    InputError for a place that is none, for a study of another search or of other data, and for a
    folder with the trials of another study. ``say`` is told of other code.
    """
    package = optuna()
    place = read_place(given, folder)
    name = _name(place, folder)
    mutex, worker = open_mutex(place, name), this_worker()
    with opening(place), mutex():
        storage = open_storage(package, place)
        study = _begun(package, storage, name, plan, place, worker)
        bind(folder, study.user_attrs[KEY])
    shared = Shared(study, plan, folder, place, mutex, worker)
    _compare_code(study.user_attrs.get(CODE), shared.worker.code(), say)
    data = data_of(plan)  # which may take a while to be read
    then = shared.alone(lambda: _first(study, DATA, data))
    if isinstance(then, Mapping) and (changed := differing(then, data)):
        told = "; ".join(
            f"the {part} data have sha256 {str(b)[:12]}, and those of the study {str(a)[:12]}"
            for part, a, b in changed
        )
        raise InputError(
            f"{told}: give --data-dir with the same data on every host, or another --name"
        )
    return shared


def look(plan: Plan, folder: Path, given: str | None = None) -> Any:
    """The study as it is now, to be read. InputError where none has been begun."""
    package = optuna()
    place = read_place(given, folder)
    name = _name(place, folder)
    named = "" if place.url is None else f" {name}"
    none = InputError(f"--status: there is no study{named} in {place.shown} yet")
    if place.path is not None and not place.path.exists():
        raise none
    try:
        with opening(place):
            storage = open_storage(package, place, make=False)
            study = package.load_study(study_name=name, storage=storage)
            _expect_same(study, plan, place)
    except KeyError:
        raise none from None
    return study


def _name(place: Place, folder: Path) -> str:
    """Of the study of a search: a database has room for many, a journal has one."""
    return NAME if place.url is None else folder.name


def _begun(package: Any, storage: Any, name: str, plan: Plan, place: Place, worker: Worker) -> Any:
    """The study, which this process begins if it is the first one."""
    study = package.create_study(
        study_name=name,
        storage=storage,
        direction="maximize",
        pruner=pruner(package, plan),
        load_if_exists=True,
    )
    if FINGERPRINT not in study.user_attrs:
        if study.get_trials(deepcopy=False) or study.direction.name != "MAXIMIZE":
            raise InputError(
                f"the study {name} in {place.shown} belongs to another program: give another --name"
            )
        study.set_user_attr(KEY, secrets.token_hex(16))
        study.set_user_attr(CODE, worker.code())
        study.set_user_attr(PLAN, plan.told())
        study.set_user_attr(FINGERPRINT, plan.fingerprint())
    _expect_same(study, plan, place)
    return study


def _expect_same(study: Any, plan: Plan, place: Place) -> None:
    said = study.user_attrs
    if said.get(FINGERPRINT) == plan.fingerprint() and isinstance(said.get(KEY), str):
        return
    then = said.get(PLAN)
    changed = differing(then, plan.told()) if isinstance(then, Mapping) else []
    told = "; ".join(f"{name} was {_shown(a)} and is {_shown(b)}" for name, a, b in changed[:MOST])
    more = f" (and {len(changed) - MOST} more)" if len(changed) > MOST else ""
    raise InputError(
        f"the study in {place.shown} belongs to another search: "
        f"{told or 'its settings, space, sampler or pruner differ'}{more}; restore that, or give "
        "another --name" + ("" if place.url is not None else " or --study, or move that file away")
    )


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)


def _first(study: Any, name: str, value: Any) -> Any:
    """What the study says under a name: ``value``, if nobody has said anything before."""
    said = study.user_attrs.get(name)
    if said is None:
        study.set_user_attr(name, value)
    return value if said is None else said


def bind(folder: Path, key: str) -> None:
    """Note in ``folder`` whose trials it holds: those of another study have the same numbers.
    InputError if it holds such."""
    file, trials = folder / "study.json", folder / "trials"
    if file.is_file():
        said = parse_json(file.read_bytes(), str(file))
        known = said.get("study") if isinstance(said, dict) else None
    else:
        known = None if trials.is_dir() and any(trials.glob("[0-9]*")) else key
    if known != key:
        raise InputError(
            f"{folder} holds the trials of another study: give another --name, or move it away "
            f"with: {command('mv', folder, f'{folder}.old')}"
        )
    if not file.is_file():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot create {folder}: {error.strerror}") from None
        atomic_write(file, json.dumps({"study": key}) + "\n")


def data_of(plan: Plan) -> dict[str, str]:
    """The content of the data: equal on hosts whose trials can be compared."""
    inputs = experiment.load_inputs(plan.config({d.name: d.values[0] for d in plan.space}))
    return {"training": inputs.train.sha256, "test": inputs.test.sha256}


def _compare_code(then: Any, now: Mapping[str, Any], say: Say) -> None:
    if not isinstance(then, Mapping):
        return
    changed = [
        f"{name} {_shown(b)}, and the study was started with {_shown(a)}"
        for name, a, b in differing(then, now)
    ]
    if changed:
        say(f"note: this worker has {'; '.join(changed)}: its trials may not be comparable")
