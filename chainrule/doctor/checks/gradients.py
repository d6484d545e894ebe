"""The backward passes of this very model are the derivatives of its forward."""

from __future__ import annotations

import math
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np

from ...gradient_check import GradCheck, gradcheck
from ...gradient_check.function import compare
from ...gradient_check.problem import Objective, Problem
from ...random import generator
from ...types import Array
from ..check import Check, skipped
from ..context import CheckContext

NAME = "gradients"
IMAGES = 4
SECONDS = 6.0
EVALUATIONS = 6  # of the function for one comparison, about
NOISE = 1e-3  # far more than a step moves a pixel
STEP = 1e-6  # a deep model has so many kinks that the usual step would cross some


def check(context: CheckContext) -> Check:
    """The worst relative error in float64, of the input's gradient, of a random direction through
    all parameters, and of as many single arrays as there is time for."""
    images, labels = context.sample(IMAGES)
    head = Objective(context.loss, labels)
    problem = Problem(context.fresh(), [_untied(images, context.seed)], head)
    start = perf_counter()
    with np.errstate(all="ignore"):
        first = problem.value(problem.arrays)
    if not math.isfinite(first):
        return skipped(NAME, "the loss is no finite number")
    each = perf_counter() - start
    with _one_thread():
        result = _sampled(problem, int(SECONDS / each / EVALUATIONS), context.seed)
        if not result.ok and each < 0.01:
            images, labels = context.sample(IMAGES)
            result = gradcheck(
                context.fresh(), _untied(images, context.seed), labels, loss=context.loss,
                samples=5, raise_on_failure=False,
            )  # fmt: skip
    judged = [row for row in result.rows if row.checked]
    if not judged:
        return skipped(NAME, "every step crossed a kink")
    number = max(row.error for row in judged)
    shown = f"relative error {number:.1e} in {len(judged)} comparisons"
    rule = f"at most {result.tolerance:g}"
    if result.ok:
        return Check(NAME, "ok", number, shown, rule)
    wrong = [row.path for row in result.rows if not row.ok]
    cause = f"the gradient is wrong in {', '.join(wrong[:3])}"
    if result.diagnoses:
        cause += f"; {result.diagnoses[0]}"
    return Check(
        NAME, "failed", number, shown, rule, cause,
        "correct that layer's backward; 'chainrule check' and gradcheck() give the whole table",
    )  # fmt: skip


def _untied(images: Array, seed: int) -> Array:
    """uint8 images in [0, 1] units, float64, with noise of a quarter of a gray level.

    A flat sky gives equal numbers to pool: many maxima that all change hands at this very point,
    where no derivative exists to compare with.
    """
    noise = generator("gradients", seed).standard_normal(images.shape)
    return images / 255 + NOISE * noise


def _sampled(problem: Problem, comparisons: int, seed: int) -> GradCheck:
    """A check of the input, of all parameters at once, then of single arrays in turn."""
    analytic_gradient = problem.analytic_gradient()
    names = list(problem.names)
    paths = [path for path, _ in problem.parameters]
    together = {"all parameters": _flat(problem.arrays, paths)} if paths else {}
    arrays = {name: problem.arrays[name] for name in names}
    gradient = {name: analytic_gradient[name] for name in names}
    shaped = all(analytic_gradient[path].shape == problem.arrays[path].shape for path in paths)
    if together and shaped:
        arrays |= together
        gradient |= {"all parameters": _flat(analytic_gradient, paths)}
    few = max(0, comparisons // 2 - 2)
    chosen = paths if few >= len(paths) or not shaped else _spread(paths, few)
    arrays |= {path: problem.arrays[path] for path in chosen}
    gradient |= {path: analytic_gradient[path] for path in chosen}

    def value(moved: Mapping[str, Array]) -> float:
        own = dict(problem.arrays) | {k: v for k, v in moved.items() if k in problem.arrays}
        flat = moved.get("all parameters")
        if flat is not None and flat is not together["all parameters"]:
            own |= _unflat(flat, problem.arrays, paths)
        return problem.value(own)

    return compare(value, arrays, gradient, h=STEP, samples=1, seed=seed, tolerance=1e-5)


def _spread(paths: list[str], few: int) -> list[str]:
    """So many of the paths, from the first to the last."""
    places = np.linspace(0, len(paths) - 1, few).astype(int)
    return [paths[i] for i in np.unique(places)]


def _flat(arrays: Mapping[str, Array], paths: list[str]) -> Array:
    return np.concatenate([arrays[path].ravel() for path in paths])


def _unflat(flat: Array, like: Mapping[str, Array], paths: list[str]) -> dict[str, Array]:
    ends = np.cumsum([like[path].size for path in paths])[:-1]
    pieces = zip(paths, np.split(flat, ends), strict=True)
    return {path: piece.reshape(like[path].shape) for path, piece in pieces}


def _one_thread() -> Any:
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)  # many small products: threads would only wait
