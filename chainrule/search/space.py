"""Which settings a search varies, and between which values: the table [search.space]."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import InputError, did_you_mean
from ..printable import received

FORMS = ("choice", "uniform", "log", "int", "log_int")


class Suggests(Protocol):
    """What draws values: an Optuna trial."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = ...) -> float: ...

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = ...) -> int: ...

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any: ...


@dataclass(frozen=True)
class Dimension:
    """One setting. ``form`` is one of

    choice   one of ``values``, of any type
    uniform  a number in low..high
    log      a positive number in low..high, uniform in its logarithm
    int      a whole number in low..high
    log_int  a positive whole number in low..high, uniform in its logarithm
    """

    name: str
    form: str
    values: tuple[Any, ...]

    @property
    def bounds(self) -> tuple[Any, Any]:
        """Lowest and highest value of a range."""
        low, high = self.values
        return low, high

    @property
    def is_log(self) -> bool:
        return self.form.startswith("log")

    def suggest(self, trial: Suggests, bounds: tuple[Any, Any] | None = None) -> Any:
        """A value drawn by ``trial``; of a range, between ``bounds`` if they are given."""
        if self.form == "choice":
            return json.loads(trial.suggest_categorical(self.name, self.coded))
        low, high = self.bounds if bounds is None else bounds
        if "int" in self.form:
            return trial.suggest_int(self.name, low, high, log=self.is_log)
        return trial.suggest_float(self.name, low, high, log=self.is_log)

    @property
    def coded(self) -> list[str]:
        """The choices as JSON: a study stores no lists."""
        return [json.dumps(value) for value in self.values]

    def decode(self, stored: Any) -> Any:
        """The value of a setting from what a study stores."""
        return json.loads(stored) if self.form == "choice" else stored

    def around(self, best: Sequence[Any]) -> tuple[Any, Any] | None:
        """The bounds of the values ``best`` and half their extent on each side, in the logarithm
        where that is drawn from, inside this range; None of a choice."""
        if self.form == "choice":
            return None
        low, high = self.bounds
        scaled = [math.log(value) if self.is_log else value for value in best]
        spare = max(
            (max(scaled) - min(scaled)) / 2, 0.02 * (self._scaled(high) - self._scaled(low))
        )
        ends = [min(scaled) - spare, max(scaled) + spare]
        new = [math.exp(end) if self.is_log else end for end in ends]
        if "int" in self.form:
            new = [math.floor(new[0]), math.ceil(new[1])]
        return max(low, new[0]), min(high, new[1])

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.is_log else value


def parse(tables: Mapping[str, Any]) -> list[Dimension]:
    """The dimensions of ``[search.space]``: dotted names of settings, each a list of choices or a
    table of one form, as ``{log = [1e-4, 1e-1]}``.

    InputError for a form that is unknown, bounds that are none, and an empty list.

    >>> parse({"optimizer.lr": {"log": [0.001, 0.1]}, "model.dropout": [0.0, 0.2]})[0].form
    'log'
    """
    flat = dict(_flat(tables))
    if not flat:
        raise InputError(
            "search.space: expected one setting or more, as "
            '"optimizer.lr" = {log = [1e-4, 1e-1]}, received none'
        )
    return [_dimension(name, said) for name, said in flat.items()]


def _flat(tables: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Names may be dotted in quotes or be tables in tables."""
    found: list[tuple[str, Any]] = []
    for key, value in tables.items():
        name = f"{prefix}{key}"
        nested = isinstance(value, Mapping) and not (len(value) == 1 and {*value} & {*FORMS})
        if nested and value and not any(map(_looks_like_a_form, value)):
            found += _flat(value, f"{name}.")
        else:
            found.append((name, value))
    return found


def _looks_like_a_form(key: str) -> bool:
    return bool(difflib.get_close_matches(key, FORMS, n=1))


def _dimension(name: str, said: Any) -> Dimension:
    place = f"search.space: {name}"
    if isinstance(said, list):
        said = {"choice": said}
    if not isinstance(said, Mapping) or len(said) != 1:
        raise InputError(
            f"{place}: expected a list of choices or a table of one form "
            f"({', '.join(FORMS)}), received {received(said)}"
        )
    ((form, values),) = said.items()
    if form not in FORMS:
        raise InputError(f"{place}: unknown form {form!r}{did_you_mean(form, FORMS)}")
    if form == "choice":
        if not isinstance(values, list) or not values:
            raise InputError(f"{place}: expected a list of choices, received {received(values)}")
        if len({json.dumps(value, default=str) for value in values}) < len(values):
            raise InputError(f"{place}: expected different choices, received {received(values)}")
        return Dimension(name, form, tuple(values))
    return Dimension(name, form, _bounds(place, form, values))


def _bounds(place: str, form: str, values: Any) -> tuple[Any, Any]:
    kind = "whole numbers" if "int" in form else "numbers"
    least = "positive " if form.startswith("log") else ""
    expected = f"{place}: expected two {least}{kind} [low, high], the first one smaller"
    is_pair = isinstance(values, list) and len(values) == 2
    if not is_pair or any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise InputError(f"{expected}, received {received(values)}")
    low, high = values
    finite = all(math.isfinite(value) for value in values)
    whole = "int" not in form or all(isinstance(value, int) for value in values)
    if not (finite and whole and low < high and (low > 0 or not form.startswith("log"))):
        raise InputError(f"{expected}, received {received(values)}")
    return (low, high) if "int" in form else (float(low), float(high))
