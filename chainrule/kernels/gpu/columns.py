"""The functions of ``norm.cu`` on arrays (rows, channels): statistics, and what follows a norm."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...types import Array
from .arrays import empty, laid_out
from .launch import LANES, LINES, launch

LONGEST = 64  # rows that a block goes down at least
MOST = 1024  # blocks that a column is cut into

NOTHING, RELU, RELU6, ADD_RELU, DROPOUT, POOLED = 0, 1, 2, 3, 4, 4  # the last seen from behind


class Norm(NamedTuple):
    """γ, β, μ, σ² (C,) and ε; β may be missing where nothing depends on it."""

    gamma: Array
    beta: Array | None
    mean: Array
    var: Array
    eps: float


def norm(gamma: Array, beta: Array | None, mean: Array, var: Array, eps: float) -> Norm:
    """Each as a contiguous row."""
    shift = None if beta is None else _row(beta)
    return Norm(_row(gamma), shift, _row(mean), _row(var), eps)


def _row(x: Array) -> Array:
    return laid_out(x).reshape(-1)


class Cut(NamedTuple):
    """How (rows, columns) is cut into blocks, each ``per`` rows high."""

    rows: int
    columns: int
    per: int

    @property
    def blocks(self) -> int:
        return max(1, -(-self.rows // self.per))

    def run(self, name: str, *arguments: Any) -> None:
        """A function that takes rows, columns and per where ``arguments`` has this."""
        flat: list[Any] = []
        for each in arguments:
            flat.extend(each if isinstance(each, Cut) else (each,))
        launch("norm", name, (-(-self.columns // LANES), self.blocks), (LANES, LINES), *flat)

    def finish(self, name: str, *arguments: Any) -> None:
        """A function that gathers what the blocks have summed: one block for each 32 channels."""
        launch("norm", name, (-(-self.columns // LANES),), (LANES, LANES), *arguments)

    def sums(self) -> tuple[Array, Array]:
        """A place for two sums of each block and column."""
        shape = (self.blocks, self.columns)
        return empty(shape, np.float64), empty(shape, np.float64)


def cut(rows: int, columns: int) -> Cut:
    """Blocks enough for every processor, yet not so many that gathering their sums is work."""
    return Cut(rows, columns, max(LONGEST, -(-rows // MOST)))


def moments(x: Array) -> tuple[Array, Array]:
    """μ and σ² (C,) of contiguous x (…, C)."""
    c = x.shape[-1]
    shape = cut(x.size // c, c)
    ones, twos = shape.sums()
    mean, var = empty((c,)), empty((c,))
    shape.run("moment_sums", x, None, shape, ones, twos)
    shape.finish(
        "moments", x, None, ones, twos, shape.blocks, shape.rows, c, None, None, 0, 0, mean, var,
        None, None,
    )  # fmt: skip
    return mean, var


def rescale(x: Array, by: Norm, after: int, shortcut: Array | None = None) -> Array:
    """y = γ (x - μ) / √(σ² + ε) + β, and what follows it."""
    y = empty(x.shape)
    shape = cut(x.size // x.shape[-1], x.shape[-1])
    shape.run(
        "rescale", x, shortcut, by.gamma, by.beta, by.mean, by.var, by.eps, after, 0, 0, 0, 0, 0,
        shape, y,
    )  # fmt: skip
    return y


class Gradients(NamedTuple):
    """dγ, dβ (C,), and the two terms (2, C) that the statistics add to dx."""

    dgamma: Array
    dbeta: Array
    terms: Array


def gradients(
    dy: Array, x: Array, by: Norm, after: int, count: int, *, y: Array | None = None,
    places: Array | None = None, keep: float = 1.0, reaching: Array | None = None,
) -> Gradients:  # fmt: skip
    """The sums of what reaches the norm; ``count`` rows had the mean. ``reaching``, where it is
    given, receives that gradient itself."""
    c = x.shape[-1]
    shape = cut(x.size // c, c)
    ones, twos = shape.sums()
    shape.run("gradient_sums", dy, x, after, y, places, keep, *by, shape, reaching, ones, twos)
    found = Gradients(empty((c,)), empty((c,)), empty((2, c)))
    shape.finish("gradients", ones, twos, shape.blocks, count, c, by.gamma, by.var, by.eps, *found)
    return found


def input_gradient(
    dy: Array, x: Array, by: Norm, after: int, terms: Array, *, y: Array | None = None,
    keep: float = 1.0,
) -> Array:  # fmt: skip
    """dx, with the path through the statistics."""
    dx = empty(x.shape)
    shape = cut(x.size // x.shape[-1], x.shape[-1])
    shape.run("input_gradient", dy, x, after, y, keep, *by, terms, shape, dx)
    return dx
