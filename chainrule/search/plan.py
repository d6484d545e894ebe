"""What a search does: the table [search] of a configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..config import Config, Settings, assignments, resolve
from ..config.settings import read_settings
from ..errors import InputError, did_you_mean
from ..printable import received
from ..require import integer
from .space import Dimension, parse

SAMPLERS = {
    "grid": "every combination of the choices",
    "random": "values drawn independently",
    "coarse-to-fine": "the first half drawn in the whole space, the others around the best of it",
    "tpe": "tree-structured Parzen estimator (Bergstra et al. 2011)",
}
PRUNERS = {
    "none": "every trial is trained to its end",
    "median": "ends a trial that is below the median of the others at the same epoch",
    "successive-halving": "only the best third goes on after 1, 3, 9 … epochs (Li et al. 2020)",
    "hyperband": "successive halving with several first budgets (Li et al. 2018)",
}
KEYS = ("sampler", "trials", "pruner", "seed", "heartbeat", "space")
HEARTBEAT, SHORTEST, LONGEST = 15.0, 0.1, 3600.0  # seconds


@dataclass(frozen=True)
class Plan:
    """A search: the settings that stay, the dimensions, and how values are chosen.

    base       settings of every trial
    space      what is varied
    sampler    one of `SAMPLERS`
    pruner     one of `PRUNERS`
    trials     how many; of a grid, as many as it has combinations
    heartbeat  seconds between two signs of life of a worker
    """

    base: Settings
    space: tuple[Dimension, ...]
    sampler: str = "tpe"
    pruner: str = "none"
    trials: int = 20
    seed: int = 0
    heartbeat: float = HEARTBEAT

    def config(self, values: Mapping[str, Any]) -> Config:
        """The configuration of a trial with these values of the dimensions. InputError for a
        setting that does not exist, and a value that it cannot have."""
        said = [f"{name}={_toml(value)}" for name, value in values.items()]
        return resolve(self.base, assignments(said))

    def told(self) -> dict[str, Any]:
        """What makes it this search, as JSON values: two of the same may share a study. How many
        trials there are, and where the data lie, is no part of it."""
        base = {key: value for key, value in self.base.values.items() if key != "data_dir"}
        space = {d.name: f"{d.form} {json.dumps(d.values, default=str)}" for d in self.space}
        search = {"space": space, "sampler": self.sampler, "pruner": self.pruner}
        told: dict[str, Any] = json.loads(json.dumps({**base, "search": search}, default=str))
        return told

    def fingerprint(self) -> str:
        """Which search this is, in 64 digits."""
        return hashlib.sha256(json.dumps(self.told(), sort_keys=True).encode()).hexdigest()


def read_plan(path: Path, base: Settings | None = None, trials: int | None = None) -> Plan:
    """The search in a TOML file: a configuration with a table [search]. ``base`` overrules its
    settings. InputError for whatever cannot be, before anything is trained."""
    read = read_settings(path)
    values = dict(read.values)
    table = values.pop("search", None)
    if not isinstance(table, Mapping):
        raise InputError(
            f"{path}: expected a table [search] with a table [search.space], received "
            f"{'none' if table is None else received(table)}"
        )
    for key in table:
        if key not in KEYS:
            raise InputError(f"{path}: search: unknown setting {key!r}{did_you_mean(key, KEYS)}")
    tables = table.get("space", {})
    if not isinstance(tables, Mapping):
        raise InputError(f"{path}: search.space: expected a table, received {received(tables)}")
    settings = Settings(values, read.place)
    if base is not None:
        settings = Settings(_over(values, base.values), read.place)
    plan = Plan(
        settings,
        tuple(parse(tables)),
        _one_of("sampler", table, SAMPLERS, "tpe"),
        _one_of("pruner", table, PRUNERS, "none"),
        _count("trials", table, 20) if trials is None else trials,
        _count("seed", table, 0, least=0),
        _heartbeat(table.get("heartbeat", HEARTBEAT)),
    )
    return _checked(plan)


def _over(values: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for key, value in given.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _over(merged[key], value) if both else value
    return merged


def _one_of(key: str, table: Mapping[str, Any], known: Mapping[str, str], default: str) -> str:
    given = table.get(key, default)
    if given not in known:
        hint = did_you_mean(str(given), known)
        raise InputError(
            f"search.{key}: expected one of {', '.join(known)}, received {given!r}{hint}"
        )
    return str(given)


def _count(key: str, table: Mapping[str, Any], default: int, least: int = 1) -> int:
    given = table.get(key, default)
    integer(least, **{f"search.{key}": given})
    return int(given)


def _heartbeat(given: Any) -> float:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not SHORTEST <= given <= LONGEST:
        raise InputError(
            f"search.heartbeat: expected seconds between {SHORTEST:g} and {LONGEST:g}, received "
            f"{received(given)}"
        )
    return float(given)


def _checked(plan: Plan) -> Plan:
    """The plan, if trials at the corners of its space can be configured."""
    if plan.sampler == "grid":
        for dimension in plan.space:
            if dimension.form != "choice":
                raise InputError(
                    f"search.space: {dimension.name}: a grid needs a list of choices, received "
                    f'{dimension.form}; or take sampler = "random"'
                )
    for ends in (0, -1):
        plan.config({d.name: d.values[ends] for d in plan.space})
    for dimension in plan.space:
        for value in dimension.values if dimension.form == "choice" else ():
            plan.config({d.name: d.values[0] for d in plan.space} | {dimension.name: value})
    if plan.sampler == "grid":
        count = 1
        for dimension in plan.space:
            count *= len(dimension.values)
        return replace(plan, trials=count)
    return plan


def _toml(value: Any) -> str:
    """A value as --set takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)
