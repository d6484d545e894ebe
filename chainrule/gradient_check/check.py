"""The gradient check of layers and of whole models."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers import Buffer, Layer, Parameter, named_arrays
from ..losses import Loss, SoftmaxCrossEntropy
from ..penalties import L2
from ..random import generator
from ..types import Array
from .function import STEP, TOLERANCE, Arrays, check_function
from .result import GradCheck

INPUT = "input"


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
    tiny: float | None = None,
    raise_on_failure: bool = True,
) -> GradCheck:
    """Check dL/dW of every parameter, and dL/dx, against (L(W + h) - L(W - h)) / 2h.

    L is ``loss`` (softmax cross-entropy unless another is given) of the model's outputs for
    ``x`` and ``labels``, plus ½ reg Σ W². The model is trained no further: a float64 copy is
    checked, with the same dropped units and running statistics at every evaluation. uint8
    pictures are checked as numbers in [0, 1]. A few pictures are enough, and fastest.

    ``samples`` entries of each array are checked one by one, and one random direction through
    all of it; None checks every entry. Entries whose step crosses a kink are counted and
    skipped. The error is |a - n| / max(|a| + |n|, tiny); see ``check_function`` for ``tiny``.

    Returns the table, and raises CheckFailed with the worst index, the analytic and the numeric
    value of each wrong array, unless ``raise_on_failure`` is False.

    >>> from chainrule import models
    >>> import numpy as np
    >>> model = models.mlp(4, (5,), 3).init(seed=0)
    >>> x = np.random.default_rng(0).random((2, 4), np.float32)
    >>> gradcheck(model, x, np.array([0, 2])).ok
    True
    """
    criterion = SoftmaxCrossEntropy() if loss is None else loss

    def finish(y: Array, parameters: list[tuple[str, Parameter]]) -> tuple[float, Array]:
        value, dy = criterion(y, labels)
        return value + (L2(reg)(parameters) if reg else 0.0), dy

    result = _check(model, x, finish, h, samples, seed, tolerance, tiny)
    if raise_on_failure:
        result.raise_if_failed()
    return result


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
    """

    def finish(y: Array, parameters: list[tuple[str, Parameter]]) -> tuple[float, Array]:
        dy = generator("upstream gradient", seed).standard_normal(y.shape)
        return float((y * dy).sum()), dy

    return _check(layer, x, finish, h, samples, seed, tolerance)


Finish = Callable[[Array, list[tuple[str, Parameter]]], tuple[float, Array]]


def _check(
    model: Layer,
    x: Array,
    finish: Finish,
    h: float | None,
    samples: int | None,
    seed: int,
    tolerance: float,
    tiny: float | None = None,
) -> GradCheck:
    model = copy.deepcopy(model).astype(np.float64)
    model.clear_grads()
    nodes = named_arrays(model)
    parameters = [(path, node) for path, node in nodes if isinstance(node, Parameter)]
    buffers = [(node, node.value) for _, node in nodes if isinstance(node, Buffer)]

    def forward(arrays: Arrays) -> tuple[float, Array, Any]:
        for path, parameter in parameters:
            parameter.value = arrays[path]
        for buffer, value in buffers:  # the same units dropped, the same statistics, every time
            buffer.value = value.copy()
        y, cache = model.forward(arrays[INPUT])
        return *finish(y, parameters), cache

    def value(arrays: Arrays) -> float:
        return forward(arrays)[0]

    arrays = {path: parameter.value for path, parameter in parameters}
    arrays[INPUT] = _as_float64(x)
    _, dy, cache = forward(arrays)
    gradient = {INPUT: model.backward(dy, cache)}
    for path, p in parameters:  # an array that backward never reached claims a gradient of 0
        gradient[path] = np.zeros_like(p.value) if p.grad is None else p.grad
    return check_function(
        value, arrays, gradient, h=STEP if h is None else h, samples=samples, seed=seed,
        tolerance=tolerance, tiny=tiny,
    )  # fmt: skip


def _as_float64(x: Array) -> Array:
    if x.dtype == np.uint8:
        return x / 255
    if not np.issubdtype(x.dtype, np.floating):
        raise InputError(
            f"x: expected floating-point numbers or uint8 pictures, received {x.dtype}"
        )
    return x.astype(np.float64)
