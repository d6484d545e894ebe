"""Gradients that are right but for one number."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ...layers import Layer
from ...layers.base import walk
from ..evidence import Mismatch
from ..findings import Match
from ..problem import Problem

CLOSE = 1e-4
Words = tuple[str, str, str] | None  # the name, what is said after the ratio, the fix

ENOUGH = 4  # a few entries in a constant ratio may be chance, unless the ratio is a telling one


def constant_factor(e: Mismatch) -> Match | None:
    """analytic = c · numeric in every entry. What c is, and whether it grows with the batch,
    says which factor was forgotten."""
    c = ratio(e)
    if not c:
        return None
    residual = e.residual(e.analytic / c)
    if residual > 1e-3:
        return None
    words = _of_batch(e, c) or _of_layer(e, c) or _plain(e, c)
    if words is None:
        return None
    name, meaning, fix = words
    return Match(name, f"analytic / numeric = {c:.6g}{meaning}", fix, residual)


def ratio(e: Mismatch) -> float:
    """c of the best fit analytic = c · numeric; 0 where there is none."""
    if not e.fits:
        return 0.0
    a, n = e.analytic[e.known], e.numeric[e.known]
    square = float(np.vdot(n, n))
    c = float(np.vdot(a, n)) / square if square else 0.0
    return c if math.isfinite(c) else 0.0


def _of_batch(e: Mismatch, c: float) -> Words:
    """Does c double, or halve, when every sample is taken twice?"""
    if e.problem is None:
        return None
    n = e.size
    growth = ratio(e.at([*range(n), *range(n)])) / c
    size, pixels = abs(c), _pixels(e.problem)
    sign = "wrong sign and " if c < 0 else ""
    if _is(growth, 2):
        over = "(N·H·W)" if pixels > 1 and _is(size, n * pixels) else "N"
        what = f" with N = {n}, and twice that in a batch twice as large"
        return f"{sign}missing 1/{over}", what, f"divide by {over}: a mean over the batch, no sum"
    if _is(growth, 0.5):
        over = "(N·H·W)" if pixels > 1 and _is(size * n * pixels, 1) else "N"
        what = f" with N = {n}, and half that in a batch twice as large"
        fix = "sum, do not average: the loss has divided by N already"
        return f"{sign}one 1/{over} too many", what, fix
    return None


def _of_layer(e: Mismatch, c: float) -> Words:
    """Is c an option of a layer, or a size?"""
    if e.problem is None:
        return None
    for layer, option, value in _options(e.problem.model):
        if option == "rate" and 0 < value < 1 and c > 0:
            power = math.log(abs(c)) / math.log(1 - value)
            if _is(power, 1) or _is(power, 2):
                what = f" = (1 - rate){'' if _is(power, 1) else '²'}, rate = {value:g} of {layer}"
                return "dropout scale missing", what, "divide by 1 - rate in backward too"
            if _is(power, -1):
                what = f" = 1 / (1 - rate), rate = {value:g} of {layer}"
                return "dropout scale twice", what, "divide by 1 - rate once"
    if special := _telling(c):
        return special
    for size, word in _sizes(e.problem):
        if _is(abs(c), size):
            return f"missing 1/{word}", f" = {word}", f"divide by {word}: a mean over it"
        if _is(abs(c) * size, 1):
            return f"one 1/{word} too many", f" = 1/{word}", f"sum over {word}, do not average"
    for layer, option, value in _options(e.problem.model):
        for power, name in ((1, "one factor too many"), (-1, "missing factor")):
            if value > 0 and not _is(value, 1) and _is(c, value**power):
                what = f" = {option if power == 1 else f'1/{option}'} of {layer}"
                return f"{name}: {option}", what, f"look where backward uses {option}"
    return None


def _telling(c: float) -> Words:
    if _is(c, -1):
        return "wrong sign", "", "negate it"
    if _is(c, 2):
        return "counted twice", "", "a term is added twice, or the ½ of the forward is forgotten"
    if _is(c, 0.5):
        return "half of it", "", "the 2 of a square's derivative is forgotten, or a ½ is twice in"
    return None


def _plain(e: Mismatch, c: float) -> Words:
    if np.count_nonzero(e.numeric[e.known]) < ENOUGH:
        return _telling(c)
    fix = "a factor is forgotten, or one too many"
    return _telling(c) or ("wrong constant factor", " everywhere", fix)


def _options(model: Layer) -> Iterator[tuple[str, str, float]]:
    for layer in walk(model):
        for name, value in vars(layer).items():
            if isinstance(value, float) and name[0] != "_":
                yield type(layer).__name__, name, value


def _pixels(problem: Problem) -> int:
    shape = problem.inputs[0].shape
    return shape[1] * shape[2] if len(shape) == 4 else 1


def _sizes(problem: Problem) -> Iterator[tuple[int, str]]:
    """Sizes that a sum or mean may run over, with their names."""
    y = problem.run(problem.arrays)[1]
    for shape, whose in ((problem.inputs[0].shape, "input"), (y.shape, "output")):
        if len(shape) == 4:
            yield shape[1] * shape[2], f"(H·W of the {whose})"
            yield shape[1] * shape[2] * shape[3], f"(H·W·C of the {whose})"
        if len(shape) > 1 and shape[-1] > 2:
            yield shape[-1], f"({whose} size {shape[-1]})"


def _is(value: float, target: float) -> bool:
    return abs(value - target) <= CLOSE * abs(target)
