"""Figures that a notebook shows by itself; a script saves them. Matplotlib is imported with this
module, which is only imported where something is drawn."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .errors import InputError
from .files import atomic_write
from .printable import printable
from .types import Array

KINDS = ("png", "svg", "pdf")

TILE = 1.3  # inches that an image and its title take
COLUMNS = 8


class Chart(Figure):
    """A Matplotlib figure, which ``savefig(path)`` writes to a file."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def expect_drawable(path: str | os.PathLike[str]) -> str:
    """The kind of file that a figure at ``path`` becomes, by its suffix. InputError where it is
    none, and where there is no such folder: to be asked before what is drawn is computed."""
    target = Path(path)
    kind = target.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        made = ", ".join(f".{each}" for each in KINDS[:-1]) + f" or .{KINDS[-1]}"
        raise InputError(f"{target}: expected a suffix of {made}, received {target.suffix!r}")
    if target.is_dir():
        raise InputError(f"cannot write {target}: it is a folder")
    if not target.parent.is_dir():
        raise InputError(f"cannot write {target}: there is no folder {target.parent}")
    return kind


def write(chart: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure to ``path``, .png, .svg or .pdf, whole or not at all. InputError where that
    cannot be."""
    kind, buffer = expect_drawable(path), io.BytesIO()
    chart.savefig(buffer, format=kind, dpi=160)
    atomic_write(path, buffer.getvalue())
    return Path(path)


def curves(
    x: Any, panels: dict[str, dict[str, Any]], xlabel: str, *, logarithmic: bool = False
) -> Chart:
    """A panel for each title, with its lines by their names. None in a line is a gap."""
    chart = Chart(figsize=(4.5 * len(panels), 3.2), layout="constrained")
    row = chart.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, lines) in zip(row, panels.items(), strict=True):
        for name, values in lines.items():
            numbers = [math.nan if value is None else value for value in values]
            axes.plot(x, numbers, label=name, marker="." if len(numbers) < 30 else None)
        axes.set(title=title, xlabel=xlabel, xscale="log" if logarithmic else "linear")
        if not logarithmic:
            axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    return chart


def tiles(images: Sequence[Array], titles: Sequence[str]) -> Chart:
    """Images uint8 (H, W, C) in rows, each under its title; of the channels gray or the first 3."""
    rows, columns = -(-len(images) // COLUMNS), min(COLUMNS, len(images))
    chart = Chart(figsize=(TILE * columns, 0.3 + TILE * rows), layout="constrained")
    for i, (image, title) in enumerate(zip(images, titles, strict=True)):
        axes = chart.add_subplot(rows, columns, i + 1)
        shown = image[..., 0] if image.shape[2] < 3 else image[..., :3]
        axes.imshow(shown, cmap="gray", vmin=0, vmax=255)
        short = title if len(title) <= 16 else f"{title[:15]}…"
        axes.set_title(printable(short), fontsize=8, parse_math=False)  # a name may have a $
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_color("lightgray")  # a white image has an edge too
    return chart
