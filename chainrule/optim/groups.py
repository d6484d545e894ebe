"""Options for the parameters whose dotted path fits a pattern.

    {"*.bias": {"weight_decay": 0.01}, "layers.0.*": {"lr_scale": 0.1}}

A pattern is a glob as file names have it: ``*`` is any text, dots included, ``?`` one
character, ``[0-4]`` one of several. A parameter takes each option from the last pattern that
fits its path and sets it, so the general patterns come first and the exceptions after them.

lr            a rate, or a schedule of one, in place of the optimizer's
lr_scale      a factor of the rate, so that schedules hold for every group; 0 freezes
weight_decay  in place of the optimizer's, also for parameters that say ``decay=False``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import Any

from .. import require
from ..errors import InputError, did_you_mean
from ..layers.variables import Parameter
from ..schedules import Schedule, as_schedule

Groups = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Options:
    """What one parameter gets: a factor of the rate, its weight decay, and its own schedule."""

    lr_scale: float
    weight_decay: float
    lr: Schedule | None = None

    def rate(self, lr: float, step: int, scale: float) -> float:
        """The rate of a step, where ``lr`` is the optimizer's and ``scale`` a factor of all."""
        own = lr if self.lr is None else float(self.lr(step)) * scale
        return own * self.lr_scale


NAMES = [field.name for field in fields(Options)]


def check_groups(groups: Groups) -> dict[str, dict[str, Any]]:
    """A copy of ``groups``. InputError for an option that is unknown or negative."""
    for pattern, options in groups.items():
        if not isinstance(options, Mapping):
            raise InputError(
                f"groups: {pattern!r}: expected options such as {{'lr_scale': 0.1}}, "
                f"received {options!r}"
            )
        for name, value in options.items():
            if name not in NAMES:
                raise InputError(
                    f"groups: {pattern!r}: unknown option {name!r}{did_you_mean(name, NAMES)}"
                )
            if name == "lr" and isinstance(value, Schedule):
                continue
            check = require.positive if name == "lr" else require.not_negative
            check(**{f"groups: {pattern!r}: {name}": value})
    return {pattern: dict(options) for pattern, options in groups.items()}


def resolve(
    groups: Groups, parameters: Sequence[tuple[str, Parameter]], weight_decay: float
) -> dict[str, Options]:
    """The options of each path. InputError for a pattern that fits none of them."""
    paths = [path for path, _ in parameters]
    for pattern in groups:
        if not any(fnmatchcase(path, pattern) for path in paths):
            raise InputError(f"groups: no parameter fits {pattern!r}{_nearest(pattern, paths)}")
    resolved = {}
    for path, parameter in parameters:
        options = Options(1.0, weight_decay if parameter.decay else 0.0)
        for pattern, changed in groups.items():
            if fnmatchcase(path, pattern):
                own = {"lr": as_schedule(changed["lr"])} if "lr" in changed else {}
                options = replace(options, **{**changed, **own})
        resolved[path] = options
    return resolved


def _nearest(pattern: str, paths: list[str]) -> str:
    """The end of the message; of a large model only the first paths are shown."""
    hint = did_you_mean(pattern, paths)
    few = f"; paths are such as {', '.join(paths[:4])}"
    return hint if "did you mean" in hint or len(paths) <= 4 else few
