"""Arrays as aligned lines of text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..text import plural
from ..types import Array

WIDTH = 88  # columns of text for numbers
GAP = 4  # between blocks that stand side by side


def lines(array: Array, weight: bool = False, limit: int = 9) -> list[str]:
    """The numbers of ``array`` in at most ``limit`` lines of ``WIDTH``, equally wide.

    Images (N, H, W, C) stand as one block for each [n, :, :, c], and with ``weight`` the
    kernels (kh, kw, in, out) as one for each [:, :, i, o].

    >>> import numpy as np
    >>> lines(np.array([[1.0, -0.00001], [-20.5, 3.0]]))
    ['  1.000    0.000', '-20.500    3.000']
    """
    if array.size == 0:
        return ["(empty)"]
    rows: list[str] = []
    line: list[list[str]] = []
    for block in _blocks(_cells(array), weight):
        if line and sum(len(b[-1]) + GAP for b in line) + len(block[-1]) > WIDTH:
            rows += _beside(line)
            line = []
        line.append(block)
    rows += _beside(line)
    if len(rows) > limit:
        rows[limit - 1 :] = [_more(rows, limit)]
    return rows


def _more(rows: list[str], limit: int) -> str:
    if limit > 1:
        return f"… {plural(len(rows) - limit + 1, 'more line')}"
    first = 1 if rows[0].startswith("[") else 0  # numbers rather than their index
    return f"{rows[first]}  … {plural(len(rows) - first - 1, 'more line')}"


def number(value: float) -> str:
    """Six significant digits, and no negative zero."""
    return f"{value + 0.0:.6g}"


def _cells(array: Array) -> Array:
    """Each number as text, all of one length: two decimals for images, which are wide."""
    if array.dtype.kind == "f":
        finite = np.abs(array[np.isfinite(array)])
        largest = finite.max(initial=0)
        decimals = 3 if array.ndim < 3 else 2
        form = f"z.{decimals}f" if largest == 0 or 0.01 <= largest < 1e5 else "z.2e"
        texts = [f"{float(v):{form}}" for v in array.flat]
    else:
        texts = [str(v) for v in array.flat]
    width = max(map(len, texts))
    return np.array([text.rjust(width) for text in texts]).reshape(array.shape)


def _blocks(cells: Array, weight: bool) -> Iterator[list[str]]:
    """Blocks of equally long lines; the first line of a block may be its index."""
    if cells.ndim < 2:
        yield [_row(np.atleast_1d(cells))]
    elif cells.ndim == 2:
        yield [_row(row) for row in cells]
    elif cells.ndim == 4:
        last = cells if weight else cells.transpose(1, 2, 0, 3)
        for i, j in np.ndindex(last.shape[2:]):
            index = f"[:, :, {i}, {j}]" if weight else f"[{i}, :, :, {j}]"
            yield _titled(index, [_row(row) for row in last[:, :, i, j]])
    else:
        for at in np.ndindex(cells.shape[:-2]):
            yield _titled(f"[{', '.join(map(str, at))}]", [_row(row) for row in cells[at]])


def _row(cells: Array) -> str:
    fitting = (WIDTH - 2) // (len(str(cells[0])) + 2)
    row = "  ".join(cells[:fitting])
    return row if len(cells) <= fitting else f"{row} …"


def _titled(title: str, rows: list[str]) -> list[str]:
    width = max(len(title), len(rows[0]))
    return [text.ljust(width) for text in (title, *rows)]


def _beside(blocks: list[list[str]]) -> list[str]:
    return [(" " * GAP).join(parts).rstrip() for parts in zip(*blocks, strict=True)]
