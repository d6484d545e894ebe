"""The gradient check of functions, of layers and of whole models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..declared import checked
from ..layers import Layer
from ..losses import Loss, SoftmaxCrossEntropy
from ..types import Array
from .diagnosis import diagnose, diagnose_function
from .elsewhere import check_elsewhere
from .function import STEP, TOLERANCE, Arrays, compare
from .problem import Objective, Problem, of_layer
from .result import GradCheck
from .writes import find_writes


@checked
def gradcheck(
    model: Layer,
    x: Array,
    labels: Array,
    *,
    loss: Loss | None = None,
    reg: float = 0.0,
    h: float | None = None,
    samples: int | None = 20,
    seed: int = 0,
    tolerance: float = TOLERANCE,
    floor: float | None = None,
    raise_on_failure: bool = True,
) -> GradCheck:
    """Check dL/dW of every parameter, and dL/dx, against (L(W + h) - L(W - h)) / 2h.

    L is ``loss`` (softmax cross-entropy unless another is given) of the model's outputs for
    ``x`` and ``labels``, plus ½ reg Σ W². The model is trained no further: a float64 copy is
    checked, with the same dropped units and running statistics at every evaluation. uint8
    images are checked as numbers in [0, 1]. A few images are enough, and fastest.

    Each backward has a forward of other values before its own and one between the two, and one
    direction through each array is compared at other values too: so a cache that belongs to
    another forward is found. A layer that writes into its input, dy or a weight fails the check.

    ``samples`` entries of each array are checked one by one, and one random direction through
    all of it; None checks every entry. Entries whose step crosses a kink are counted and
    skipped. The error is |a - n| / max(|a| + |n|, floor); see ``check_function`` for ``floor``.

    Returns the table, and raises CheckFailed with the worst index, the analytic and the numeric
    value of each wrong array, unless ``raise_on_failure`` is False. Where something is wrong,
    ``diagnoses`` say which layer is to blame, and which classic mistake it looks like.

    x (N, …) and labels are what the model and the loss take. InputError, or ShapeError, where they
    do not fit.

    >>> from chainrule import models
    >>> import numpy as np
    >>> model = models.mlp(4, (5,), 3).init(seed=0)
    >>> x = np.random.default_rng(0).random((2, 4), np.float32)
    >>> gradcheck(model, x, np.array([0, 2])).ok
    True
    """
    head = Objective(SoftmaxCrossEntropy() if loss is None else loss, labels, reg)
    result = _check(Problem(model, [x], head), h, samples, seed, tolerance, floor)
    if raise_on_failure:
        result.raise_if_failed()
    return result


@checked
def check_layer(
    layer: Layer,
    x: Array,
    *,
    h: float | None = None,
    samples: int | None = None,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> GradCheck:
    """Check a bare layer through the scalar Σ y · dy, with a random upstream gradient dy.

    Every entry of dL/dx and of each parameter's gradient is compared; see ``gradcheck`` for
    the arguments and the result.

    x (N, …) is what the layer takes. CheckFailed never: ask the result. InputError for an x that
    the layer does not take.

    >>> import numpy as np
    >>> from chainrule.layers import Tanh
    >>> check_layer(Tanh(), np.array([[0.5, -1.0]])).ok
    True
    """
    return _check(of_layer(layer, [x], seed), h, samples, seed, tolerance)


@checked
def check_function(
    f: Callable[[Arrays], float],
    arrays: Arrays,
    gradient: Arrays,
    *,
    h: float = STEP,
    samples: int | None = None,
    seed: int = 0,
    tolerance: float = TOLERANCE,
    floor: float | None = None,
) -> GradCheck:
    """Compare ``gradient`` with the central differences (f(x + h) - f(x - h)) / 2h.

    ``f`` takes float64 ``arrays`` by name and returns a number; it must give the same number
    for the same arrays. Every entry of every array is moved by ±h on its own; of an array with
    more than ``samples`` entries, that many are drawn by ``seed``, and one difference along a
    random direction through the whole array stands for the rest.

    The error is |a - n| / max(|a| + |n|, floor). Where ``floor`` is not given it is the size of
    gradient whose rounding noise, about 8 ε |f| / h, just reaches the tolerance.

    A gradient of another shape than its array is wrong as a whole. ``diagnoses`` of the result
    say which classic mistake a wrong gradient looks like.

    Arrays and gradients are of any shape, each gradient that of its array.

    >>> import numpy as np
    >>> x = np.array([1.0, 2.0])
    >>> check = check_function(lambda a: (a["x"] ** 3).sum(), {"x": x}, {"x": 3 * x**2})
    >>> check.ok, float(check.value)
    (True, 9.0)
    """
    result = compare(
        f, arrays, gradient, h=h, samples=samples, seed=seed, tolerance=tolerance, floor=floor
    )
    if result.ok:
        return result
    return replace(result, diagnoses=diagnose_function(f, arrays, gradient, result))


def _check(
    problem: Problem,
    h: float | None,
    samples: int | None,
    seed: int,
    tolerance: float,
    floor: float | None = None,
) -> GradCheck:
    h = STEP if h is None else h
    writes = find_writes(problem)
    result = compare(
        problem.value, problem.arrays, problem.analytic_gradient(), h=h,
        samples=samples, seed=seed, tolerance=tolerance, floor=floor,
    )  # fmt: skip
    if result.ok:
        moved = check_elsewhere(problem, result, h)
        if moved.ok and not writes:
            return result
        if not moved.ok:
            result, problem = moved, problem.elsewhere()
    return replace(result, writes=writes, diagnoses=diagnose(problem, result, writes))
