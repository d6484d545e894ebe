"""Every activation, and its derivative from the layer's own backward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import layers
from ..layers.base import Layer
from ..types import Array
from .style import BLUE, COLUMNS, LINE, MUTED, ORANGE, panels, rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST = ("relu", "leaky_relu", "sigmoid", "tanh")  # the four that every course begins with
RANGE = (-4.0, 4.0)
WIDER = {"relu6": (-4.0, 8.0)}
POINTS = 1601


def render(kind: str) -> bytes:
    rows = -(-len(layers.ACTIVATIONS) // COLUMNS)
    return rendered(paint, (11.5, 0.4 + 2.6 * rows), kind, "activations")


def paint(figure: Figure) -> None:
    from matplotlib.ticker import MaxNLocator

    table = layers.ACTIVATIONS
    names = [*FIRST, *sorted(table.keys() - FIRST)]
    kinds = [table[name] for name in names]
    titles, notes = [kind.__name__ for kind in kinds], [formula(kind) for kind in kinds]
    for name, axes in zip(names, panels(figure, titles, notes), strict=True):
        x, y, slope = curves(table[name](), *WIDER.get(name, RANGE))
        for zero in (axes.axhline, axes.axvline):
            zero(0, color=LINE, linewidth=1.8)
        value = axes.plot(x, y, color=BLUE, label="value f(x)")
        change = axes.plot(x, slope, color=ORANGE, linewidth=1.6, label="derivative f′(x)")
        axes.margins(x=0, y=0.06)
        axes.set_xticks(np.arange(x[0], x[-1] + 1, 2))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    figure.legend(
        handles=[*value, *change], loc="outside upper right", ncols=2, frameon=False, fontsize=9,
        labelcolor=MUTED,
    )  # fmt: skip


def formula(kind: type[Layer]) -> str:
    """The first equation of the docstring: "y = max(x, 0)"."""
    first = (kind.__doc__ or "").splitlines()[0]
    return first.split("   ")[0].removesuffix(",")


def curves(layer: Layer, low: float, high: float) -> tuple[Array, Array, Array]:
    """x, f(x), f ′(x); the derivative is broken where it jumps, as at the corner of a ReLU."""
    x = np.linspace(low, high, POINTS)
    layer.init().astype(np.float64)
    y, slope = layer(x[:, None])[:, 0], layers.derivative(layer, x[:, None])[:, 0]
    slope[1:][np.abs(np.diff(slope)) > 0.05] = np.nan
    return x, y, slope
