"""Reliability diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..plotting import Chart
from ..printable import printable

if TYPE_CHECKING:
    from .calibration import Reliability

MOST = 4  # diagrams side by side


def reliability_diagram(found: Mapping[str, Reliability]) -> Chart:
    """For each name a panel of accuracy against confidence, where the diagonal is perfect and the
    gap to it is red, over how many answers are in each bin."""
    shown = dict(list(found.items())[:MOST])
    chart = Chart(figsize=(max(4.6, 3.7 * len(shown)), 4.6), layout="constrained")
    grid = chart.subplots(
        2, len(shown), squeeze=False, sharex=True, sharey="row", height_ratios=(3, 1)
    )
    for column, (name, each) in enumerate(shown.items()):
        upper, lower = grid[0, column], grid[1, column]
        bins = len(each.counts)
        left, width = np.arange(bins) / bins, 1 / bins
        right, sure = np.nan_to_num(each.accuracy), np.nan_to_num(each.confidence)
        upper.bar(left, right, width, align="edge", color="#2f68d8", alpha=0.85, label="right")
        upper.bar(
            left, sure - right, width, bottom=right, align="edge", color="#c4302b", alpha=0.3,
            edgecolor="#c4302b", linewidth=0.6, label="gap to the confidence",
        )  # fmt: skip
        upper.plot([0, 1], [0, 1], color="#5a6270", linewidth=1, linestyle="--")
        title = f"{printable(name)}: " if name else ""
        upper.set_title(f"{title}ECE {100 * each.error:.2f}%", fontsize=10, parse_math=False)
        lower.bar(left, each.counts, width, align="edge", color="#5a6270")
        lower.set(xlabel="confidence", xlim=(0, 1))
    grid[0, 0].set(ylabel="share of right answers", ylim=(0, 1))
    grid[0, -1].legend(loc="lower right", fontsize=8)
    grid[1, 0].set(ylabel="answers")
    return chart
