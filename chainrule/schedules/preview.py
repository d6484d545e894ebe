"""Looking at a schedule before anything is trained with it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..declared import checked
from ..notation import Text
from ..ranges import Count, PositiveInt
from ..types import Array
from .base import Schedule

BARS = "▁▂▃▄▅▆▇█"


@checked
def curve(schedule: Schedule, steps: Count) -> tuple[Array, Array]:
    """(t, lr): the steps 0 .. steps - 1, int64, and the rate of each, float64; for a plot.

    Both are (steps,). InputError for fewer than 1 step.

    >>> from chainrule.schedules import Linear
    >>> steps, rates = curve(Linear(0.1, steps=4), 4)
    >>> steps.tolist(), rates.round(3).tolist()
    ([0, 1, 2, 3], [0.1, 0.075, 0.05, 0.025])
    """
    t = np.arange(steps)
    return t, np.array([schedule(step) for step in range(steps)])


@checked
def preview(schedule: Schedule, steps: Count, *, width: PositiveInt = 48) -> Text:
    """The schedule in one line of text: its first rate, its shape, its last rate.

    InputError for fewer than 1 step, or a width below 1.

    >>> from chainrule.schedules import Cosine, Warmup
    >>> preview(Warmup(Cosine(0.1, 80), 20), 100, width=20)
    0.001 ▁▃▅▇███▇▇▆▆▅▄▃▃▂▂▁▁▁ 3.9e-05
    """
    shown = np.unique(np.linspace(0, steps - 1, min(width, steps)).round().astype(int))
    rates = np.array([schedule(int(step)) for step in shown])
    return Text(f"{rates[0]:.2g} {_bars(rates, 0, rates.max() or 1.0)} {rates[-1]:.2g}")


def bars(curves: Sequence[Array], width: int) -> list[str]:
    """Each curve as a line of bars on the scale that all of them share, of at most ``width``; a
    value that is not finite is a space. Longer curves have longer lines.

    >>> bars([np.array([0.0, 0.5, 1.0]), np.array([0.5])], 24)
    ['▁▅█', '▅']
    """
    every = np.concatenate([curve[np.isfinite(curve)] for curve in curves] or [np.empty(0)])
    if not every.size:
        return ["" for _ in curves]
    low, high = every.min(), every.max()
    share = min(1.0, width / max(map(len, curves)))
    lines = []
    for curve in curves:
        places = np.linspace(0, len(curve) - 1, math.ceil(len(curve) * share))
        lines.append(_bars(curve[places.round().astype(int)], low, high))
    return lines


def _bars(values: Array, low: float, high: float) -> str:
    heights = (values - low) / ((high - low) or 1.0) * (len(BARS) - 1)
    return "".join(BARS[round(h)] if np.isfinite(h) else " " for h in heights.tolist())
