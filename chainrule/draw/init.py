"""What a deep net makes of its input before it has learned anything, by how its weights began.

Too small, and every layer's output is nearer to 0 than the last, its gradient with it; scaled by
the fans, they stay; batch norm repairs any beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..initializers import Normal, he_normal, xavier_normal
from ..layers import BatchNorm, Layer, Linear, ReLU, Sequential, Tanh
from ..layers.observe import observe
from ..layers.variables import Initializer
from ..random import generator
from ..types import Array
from .style import BLUE, GREEN, INK, LINE, MUTED, ORANGE, RED, compact, entitle, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DEPTH, WIDTH, SAMPLES = 10, 500, 1000
LIMITS: dict[type[Layer], tuple[float, float]] = {Tanh: (-1, 1), ReLU: (0, 4)}


@dataclass(frozen=True)
class Start:
    title: str
    note: str
    color: str
    init: Initializer
    norm: bool = False


STARTS = (
    Start("Small", "w ~ N(0, 0.01²)", RED, Normal(0.01)),
    Start("Xavier", "w ~ N(0, 2 / (fan_in + fan_out))", ORANGE, xavier_normal),
    Start("He", "w ~ N(0, 2 / fan_in)", BLUE, he_normal),
    Start("Batch norm", "w ~ N(0, 0.01²), then standardized", GREEN, Normal(0.01), True),
)


def render(kind: str) -> bytes:
    return rendered(paint, (11.5, 11.0), kind, "init")


def activations(nonlinear: type[Layer], start: Start) -> list[Array]:
    """The output of each of ten layers for normal input, at the beginning of a training."""
    layers: list[Layer] = []
    for _ in range(DEPTH):
        layers.append(Linear(WIDTH, WIDTH, init=start.init))
        layers += [BatchNorm(WIDTH)] if start.norm else []
        layers.append(nonlinear())
    net = Sequential(*layers).init(0)
    seen: list[Array] = []

    def keep(path: str, layer: Layer, x: Array, y: Array) -> None:
        if isinstance(layer, nonlinear):
            seen.append(y)

    with observe(net, on_forward=keep):
        net.forward(generator("draw init").standard_normal((SAMPLES, WIDTH), np.float32))
    return seen


def paint(figure: Figure) -> None:
    parts: Any = figure.subfigures(2, 1, height_ratios=(2.3, 1))
    top, bottom = parts
    panels = top.subplots(len(LIMITS), len(STARTS))
    spread = bottom.subplots(1, len(LIMITS))
    for row, nonlinear in enumerate(LIMITS):
        for column, start in enumerate(STARTS):
            outputs = activations(nonlinear, start)
            axes = panels[row, column]
            entitle(axes, f"{nonlinear.__name__} · {start.title}", start.note)
            _ridges(axes, outputs, start.color, LIMITS[nonlinear])
            if column == 0:
                axes.set_ylabel("layer" if row == 0 else "layer, without its zeros")
            _spread(spread[row], outputs, start)
        entitle(
            spread[row],
            f"Standard deviation by layer, {nonlinear.__name__}",
            "log scale: learning needs a level line",
        )


def _ridges(axes: Axes, outputs: Sequence[Array], color: str, limits: tuple[float, float]) -> None:
    """One histogram a layer, the first on top, each as tall as the next; its std beside it."""
    edges = np.linspace(*limits, 52)
    beside: dict[str, Any] = {
        "transform": axes.get_yaxis_transform(),
        "fontsize": 7.5,
        "va": "center",
    }
    axes.text(1.03, -0.1, "std", color=MUTED, **beside)
    for layer, y in enumerate(outputs, start=1):
        alive = y[y != 0]  # a ReLU's zeros, about half, would dwarf all else
        counts, _ = np.histogram(alive, edges)
        height = 0.85 * counts / max(1, counts.max())
        axes.stairs(layer - height, edges, baseline=layer, fill=True, color=color, alpha=0.75)
        axes.text(1.03, layer - 0.35, compact(y.std()), color=INK, **beside)
    axes.set_ylim(len(outputs) + 0.15, -0.3)
    axes.set_xlim(*limits)
    layers = range(1, len(outputs) + 1)
    axes.set_yticks(layers, [str(layer) for layer in layers], va="bottom")
    axes.grid(axis="x", visible=False)


def _spread(axes: Axes, outputs: Sequence[Array], start: Start) -> None:
    layers = np.arange(1, len(outputs) + 1)
    stds = [float(y.std()) for y in outputs]
    axes.plot(layers, stds, color=start.color, marker="o", markersize=4, label=start.title)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda std, _: compact(std))
    axes.set_xticks(layers)
    axes.set_xlabel("layer")
    axes.legend(frameon=False, fontsize=8.5, labelcolor=MUTED, loc="lower left")
    axes.grid(axis="x", color=LINE)
