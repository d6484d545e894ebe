"""What a training is made of, so that a resume goes on with the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from .. import config as configuration
from .. import machine
from ..config import Config
from ..config.renames import current
from ..errors import InputError
from ..printable import command
from ..training import Run

if TYPE_CHECKING:
    from .preparation import Experiment

FREE = ("data", "data_dir", "time_budget", "checkpoint", "log")
"""Settings that change nothing in a step. The data are told by their content."""

MOST = 4  # differences that are told one by one


def identity(experiment: Experiment) -> dict[str, Any]:
    """The settings that count, the content of the data, and who computes, as JSON values."""
    return {
        "config": _settings(experiment.config),
        "data": {"train": experiment.split.sha256, "test": experiment.test.sha256},
        "versions": machine.versions(),
    }


def check_identity(
    then: Mapping[str, Any], now: Mapping[str, Any], run: Run, say: Callable[[str], object]
) -> None:
    """Raise InputError naming what has changed since a checkpoint was written, in the settings or
    in the data. Other versions of the libraries are only said: a last bit may differ.
    """
    if isinstance(settings := then.get("config"), Mapping):  # may have the names of its day
        then = {**then, "config": current(settings).values}
    changed = [
        *(
            f"{path} was {_shown(a)} and is {_shown(b)}"
            for path, a, b in _changes(then, now, "config")
        ),
        *(
            f"the {path} data had sha256 {str(a)[:12]} and have {str(b)[:12]}"
            for path, a, b in _changes(then, now, "data")
        ),
    ]
    if changed:
        more = f" (and {len(changed) - MOST} more)" if len(changed) > MOST else ""
        anew = command("chainrule", "train", "--config", run.config)
        raise InputError(
            f"{run.folder} cannot be resumed: {'; '.join(changed[:MOST])}{more}; put that "
            f"back, or begin a new run with: {anew}"
        )
    for path, a, b in _changes(then, now, "versions"):
        say(
            f"note: {path} was {_shown(a)} and is {_shown(b)}: the last bits may come out otherwise"
        )


def _settings(config: Config) -> dict[str, Any]:
    settings: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(config))  # no tuples
    counted = {key: value for key, value in settings.items() if key not in FREE}
    return counted | {"time_budget": "on" if configuration.seconds(config.time_budget) else "off"}


def _changes(
    then: Mapping[str, Any], now: Mapping[str, Any], part: str
) -> Iterator[tuple[str, Any, Any]]:
    """(path, value then, value now) of all that differs; nothing where nothing was noted."""
    before, after = then.get(part), now[part]
    if isinstance(before, Mapping):
        old, new = dict(flat(before)), dict(flat(after))
        for path in dict.fromkeys([*old, *new]):
            if old.get(path) != new.get(path):
                yield path, old.get(path), new.get(path)


def flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """(path with dots, value) of all that is no table itself."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
