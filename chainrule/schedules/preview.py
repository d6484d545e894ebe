"""Looking at a schedule before anything is trained with it."""

from __future__ import annotations

import numpy as np

from .. import require
from ..notation import Text
from ..types import Array
from .base import Schedule

BARS = "▁▂▃▄▅▆▇█"


def curve(schedule: Schedule, steps: int) -> tuple[Array, Array]:
    """(t, lr): the steps 0 .. steps - 1, int64, and the rate of each, float64; for a plot.

    Both are (steps,). InputError for fewer than 1 step.

    >>> from chainrule.schedules import Linear
    >>> steps, rates = curve(Linear(0.1, steps=4), 4)
    >>> steps.tolist(), rates.round(3).tolist()
    ([0, 1, 2, 3], [0.1, 0.075, 0.05, 0.025])
    """
    require.integer(1, steps=steps)
    t = np.arange(steps)
    return t, np.array([schedule(step) for step in range(steps)])


def preview(schedule: Schedule, steps: int, *, width: int = 48) -> Text:
    """The schedule in one line of text: its first rate, its shape, its last rate.

    InputError for fewer than 1 step, or a width below 1.

    >>> from chainrule.schedules import Cosine, Warmup
    >>> preview(Warmup(Cosine(0.1, 80), 20), 100, width=20)
    0.001 ▁▃▅▇███▇▇▆▆▅▄▃▃▂▂▁▁▁ 3.9e-05
    """
    require.integer(1, steps=steps, width=width)
    shown = np.unique(np.linspace(0, steps - 1, min(width, steps)).round().astype(int))
    rates = np.array([schedule(int(step)) for step in shown])
    top = rates.max() or 1.0
    heights = (rates / top * (len(BARS) - 1)).round().astype(int)
    bars = "".join(BARS[h] for h in heights)
    return Text(f"{rates[0]:.2g} {bars} {rates[-1]:.2g}")
