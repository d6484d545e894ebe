"""Templates as images, k with its error bars, and random search beside gradient descent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..plotting import COLUMNS, Chart
from ..printable import printable
from ..types import Array

if TYPE_CHECKING:
    from .choice import KNNChoice

TILE = 1.45  # inches of a template with its title


def templates(images: Array, titles: Sequence[str]) -> Chart:
    """Weights (K, H, W, C) as images: of gray ones what speaks for a class in red and what speaks
    against it in blue, on one scale; of color ones each from its least to its largest weight."""
    columns = min(5 if len(images) <= 10 else COLUMNS, len(images))
    rows = -(-len(images) // columns)
    chart = Chart(figsize=(TILE * columns, 0.3 + TILE * rows), layout="constrained")
    most = float(np.abs(images).max()) or 1.0
    grid = chart.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    gray = images.shape[3] < 3
    for axes, image, title in zip(grid, images, titles, strict=False):
        if gray:
            shown = axes.imshow(image[..., 0], cmap="RdBu_r", vmin=-most, vmax=most)
        else:
            low, high = float(image.min()), float(image.max())
            axes.imshow((image[..., :3] - low) / ((high - low) or 1.0))
        short = title if len(title) <= 16 else f"{title[:15]}…"
        axes.set_title(printable(short), fontsize=9, parse_math=False)
    if gray:
        bar = chart.colorbar(shown, ax=list(grid), shrink=0.8, ticks=[-most, 0, most])
        bar.ax.set_yticklabels(["against", "0", "for"], fontsize=8)
    return chart


def error_bars(choice: KNNChoice) -> Chart:
    """Accuracy against k with its 95 % interval, and as points the accuracy of each fold."""
    chart = Chart(figsize=(6.4, 4.2), layout="constrained")
    axes = chart.subplots()
    names = list(dict.fromkeys(trial.distance for trial in choice.trials))
    for place, name in enumerate(names):
        trials = [trial for trial in choice.trials if trial.distance == name]
        shift = 0.12 * (place - (len(names) - 1) / 2)  # so that bars do not hide each other
        k, share = [trial.k + shift for trial in trials], [100 * t.accuracy for t in trials]
        low = [y - 100 * trial.interval[0] for y, trial in zip(share, trials, strict=True)]
        high = [100 * trial.interval[1] - y for y, trial in zip(share, trials, strict=True)]
        (line, *_) = axes.errorbar(
            k, share, yerr=[low, high], marker="o", markersize=4, capsize=3, linewidth=1.5,
            label=name,
        )  # fmt: skip
        if choice.folds is not None:
            points = [(x, 100 * a) for x, t in zip(k, trials, strict=True) for a in t.accuracies]
            xs, ys = zip(*points, strict=True)
            axes.scatter(xs, ys, s=8, alpha=0.45, color=line.get_color())
    best = choice.best
    axes.set(
        title=f"{choice.said}; best: {best.distance}, k = {best.k}",
        xlabel="k", ylabel="accuracy in %, 95% interval",
        xticks=sorted({trial.k for trial in choice.trials}),
    )  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend(title="distance")
    return chart


def descent(search: Sequence[float], gradient: Sequence[float]) -> Chart:
    """Training accuracy against passes through the training samples: the best random weights so
    far, one pass a draw, and gradient descent, one an epoch."""
    chart = Chart(figsize=(6.4, 4.2), layout="constrained")
    axes = chart.subplots()
    for name, curve in (("gradient descent (softmax)", gradient), ("random search, best", search)):
        passes = range(1, len(curve) + 1)
        axes.plot(passes, [100 * share for share in curve], label=name, linewidth=1.8)
    axes.set(
        title="Gradient descent and random search", xscale="log",
        xlabel="passes through the training images", ylabel="accuracy on them in %",
    )  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend()
    return chart
