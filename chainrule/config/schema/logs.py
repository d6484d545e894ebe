"""[log]: what is written down while a training runs, for people and programs to look at."""

from __future__ import annotations

from typing import Literal

from ...ranges import PositiveInt
from .kinds import Table


class LogConfig(Table, frozen=True):
    """Rows after every ``every_steps`` steps, and after each epoch, in these forms:

    to           "csv" and "jsonl": files in ``logs/``; "tensorboard": event files there
    gradients    each parameter's gradient, and its update in proportion to it
    activations  each layer's outputs, its dead units and its saturated ones

    Without ``to`` there are rows only if one of the other two is on, as CSV.
    """

    to: tuple[Literal["csv", "jsonl", "tensorboard"], ...] = ()
    every_steps: PositiveInt = 50
    gradients: bool = False
    activations: bool = False
