"""Numbers at the ends of float32: what comes out is sensible, and both back ends agree.

Sensible is the limit: of every activation at ±1e38 and ±∞, of an update's step where the square
of a gradient overflows or vanishes. A NaN stays one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule import kernels
from chainrule.types import Array

pytest.importorskip("numba")

from chainrule.kernels.cpu import loops

REFERENCE, CPU = kernels.REFERENCE, kernels.fastest()
MOST = float(np.finfo(np.float32).max)
BACKENDS = pytest.mark.parametrize("kernel", [REFERENCE, CPU], ids=["reference", "cpu"])

# subnormal, tiny, around the kinks and the ends of exp, and as large as can be
SIZES = [0, 1e-45, 1e-40, 1e-30, 1e-7, 0.5, 1, 3, 6, 30, 86, 87.5, 89, 104, 1e3, 1e10, 1e19, 1e20,
         1e38, MOST, np.inf]  # fmt: skip
X = np.array([*SIZES, *(-s for s in SIZES), np.nan], np.float32)

# of x: the forward kernel's arguments, and what backward is given of x or y
ACTIVATIONS: dict[str, tuple[tuple[Any, ...], str]] = {
    "relu": ((), "y"),
    "relu6": ((), "y"),
    "leaky_relu": ((0.01,), "y"),
    "hard_swish": ((), "x"),
    "sigmoid": ((), "y"),
    "tanh": ((), "y"),
    "elu": ((1.0, 1.0), "y"),
    "softplus": ((1.0,), "y"),
    "silu": ((), "x"),
    "gelu": ((), "x"),
    "gelu_tanh": ((), "x"),
}
SELU = (1.6732632423543772, 1.0507009873554805)
OTHERS = {"selu": ("elu", SELU), "softplus-3": ("softplus", (3.0,)), "elu-2": ("elu", (2.0, 1.0)),
          "softplus-0.1": ("softplus", (0.1,))}  # fmt: skip
NAMED: dict[str, tuple[str, tuple[Any, ...], str]] = {
    **{name: (name, options, kept) for name, (options, kept) in ACTIVATIONS.items()},
    **{name: (kernel, options, "y") for name, (kernel, options) in OTHERS.items()},
}
each_activation = pytest.mark.parametrize("name", NAMED)

# (y, dy/dx) far to the left and far to the right; None: as large as x
ENDS = {
    "relu": ((0, 0), (None, 1)),
    "relu6": ((0, 0), (6, 0)),
    "leaky_relu": ((None, 0.01), (None, 1)),
    "hard_swish": ((0, 0), (None, 1)),
    "sigmoid": ((0, 0), (1, 0)),
    "tanh": ((-1, 0), (1, 0)),
    "elu": ((-1, 0), (None, 1)),
    "elu-2": ((-2, 0), (None, 1)),
    "selu": ((-SELU[0] * SELU[1], 0), (None, SELU[1])),
    "softplus": ((0, 0), (None, 1)),
    "softplus-3": ((0, 0), (None, 1)),
    "softplus-0.1": ((0, 0), (None, 1)),
    "silu": ((0, 0), (None, 1)),
    "gelu": ((0, 0), (None, 1)),
    "gelu_tanh": ((0, 0), (None, 1)),
}


def forward(kernel: Any, name: str, x: Array) -> Array:
    function, options, _ = NAMED[name]
    with np.errstate(all="ignore"):
        y: Array = getattr(kernel, function)(x, *options)
    return y


def backward(kernel: Any, name: str, dy: Array, x: Array, y: Array) -> Array:
    function, options, kept = NAMED[name]
    with np.errstate(all="ignore"):
        dx: Array = getattr(kernel, f"{function}_backward")(dy, y if kept == "y" else x, *options)
    return dx


@pytest.mark.parametrize(
    ("kernel", "dtype"),
    [(REFERENCE, np.float64), (REFERENCE, np.float32), (CPU, np.float32)],
    ids=["reference-float64", "reference-float32", "cpu-float32"],
)
@each_activation
@pytest.mark.parametrize("size", [1e4, 1e20, 1e38, np.inf])
def test_far_from_0_activations_have_their_limits(kernel, name, dtype, size):
    x = np.array([-size, size] * 9, dtype)  # enough for a vector register and a rest
    y = forward(kernel, name, x)
    dx = backward(kernel, name, np.ones_like(x), x, y)
    for side, (value, slope) in enumerate(ENDS[name]):
        expected = value if value is not None else {
            "leaky_relu": [0.01, 1][side], "selu": SELU[1],
        }.get(name, 1) * x[side]  # fmt: skip
        np.testing.assert_allclose(y[side::2], np.full(9, expected, dtype), rtol=1e-6)
        np.testing.assert_allclose(dx[side::2], np.full(9, slope, dtype), rtol=1e-6)


@each_activation
@pytest.mark.parametrize("upstream", [1, -1e-30, 1e38, 3e38])
@pytest.mark.parametrize("threads", ["one", "all"])
def test_activations_agree_with_their_definition(name, upstream, threads, monkeypatch):
    if threads == "all":
        monkeypatch.setattr(loops, "PARALLEL_FROM", 0)
    for x in (X, X[::-1].copy(), np.roll(X, 3)):
        dy, wide = np.full_like(x, upstream), x.astype(np.float64)
        exact = forward(REFERENCE, name, wide)
        y = forward(REFERENCE, name, x)
        dexact = backward(REFERENCE, name, dy.astype(np.float64), wide, y.astype(np.float64))
        for kernel in (CPU, REFERENCE):
            # exponentials that would be subnormal are 0 in the loops: 1e-38 of 1, times x
            agree(forward(kernel, name, x), exact, atol=1e-35)
            # slopes are about 1, and those near 0 may be differences of such numbers
            agree(backward(kernel, name, dy, x, y), dexact, atol=1e-7 * abs(upstream))


def agree(mine: Array, truth: Array, atol: float) -> None:
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(mine, truth.astype(np.float32), rtol=5e-6, atol=atol)


@BACKENDS
def test_prelu_and_maxout_at_the_ends(kernel):
    x = np.tile(X[:, None], (1, 3))
    slope = np.array([0.25, 1e-3, 1], np.float32)
    with np.errstate(all="ignore"):
        y = kernel.prelu(x, slope)
        dx, _ = kernel.prelu_backward(np.ones_like(x), x, slope)
    np.testing.assert_array_equal(y, np.where(x > 0, x, slope * x))
    np.testing.assert_array_equal(dx, np.where(x > 0, 1, slope))
    pieces = np.stack([x, -x], axis=1)
    y, argmax = kernel.maxout(pieces)
    np.testing.assert_array_equal(y, np.abs(x))
    np.testing.assert_array_equal(argmax, (x < 0).astype(np.int32))


# An update's arguments after (w, grad): its state arrays, and its numbers.
UPDATES: dict[str, tuple[int, tuple[Any, ...]]] = {
    "sgd": (1, (0.1, 0.9, True, 0.01)),
    "lion": (1, (0.1, 0.9, 0.99, 0.01)),
    "adagrad": (1, (0.1, 1e-10, 0.01)),
    "rmsprop": (1, (0.01, 0.99, 1e-8, 0.01)),
    "adadelta": (2, (1.0, 0.9, 1e-6, 0.01)),
    "adam": (2, (1, 0.01, 0.9, 0.999, 1e-8, 0.01)),
    "nadam": (2, (1, 0.01, 0.53, 0.92, 0.9, 0.999, 1e-8, 0.01)),
}
GRADIENTS = np.array([*SIZES, *(-s for s in SIZES), np.nan], np.float32)


def updated(kernel: Any, name: str, w: float, grads: list[Array]) -> list[Array]:
    """The weights, then the state, after steps along ``grads``."""
    count, numbers = UPDATES[name]
    arrays = [np.full_like(grads[0], w), *(np.zeros_like(grads[0]) for _ in range(count))]
    with np.errstate(all="ignore"):
        for grad in grads:
            getattr(kernel, name)(arrays[0], grad, *arrays[1:], *numbers)
    return arrays


@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize("w", [0.0, 1.0, -1e38])
def test_updates_agree_with_their_definition(name, w):
    """Whatever the first gradient, also in the steps after it."""
    one = np.ones_like(GRADIENTS)
    for grads in ([GRADIENTS], [GRADIENTS, one, -one], [one, GRADIENTS, GRADIENTS[::-1].copy()]):
        for mine, theirs in zip(
            updated(CPU, name, w, grads), updated(REFERENCE, name, w, grads), strict=True
        ):
            # steps of up to 1 there and back leave their rounding
            np.testing.assert_allclose(mine, theirs, rtol=2e-6, atol=5e-7)


@BACKENDS
@pytest.mark.parametrize("name", sorted(UPDATES.keys() - {"sgd"}))
def test_a_finite_gradient_leaves_finite_weights(kernel, name):
    """A step is at most a few rates long, so nothing is lost by one gradient of any size."""
    grads = GRADIENTS[np.isfinite(GRADIENTS)]
    one = np.ones_like(grads)
    w = updated(kernel, name, 1.0, [grads, one, -one])[0]
    assert np.isfinite(w).all()
    assert np.abs(w - 1).max() < 0.5


@pytest.mark.parametrize("size", [0, 1e-45, 1e-30, 1e-3, 1, 1e10, 1e20, 1e38, MOST])
def test_muon_steps_as_far_for_a_gradient_of_any_size(size, rng):
    """Its step has no size of its own; below 1e-7, where ε counts, it fades to nothing."""
    w, grad = np.zeros((4, 3), np.float32), rng.uniform(-1, 1, (4, 3)).astype(np.float32)
    grad = grad / np.abs(grad).max() * np.float32(size)
    m = np.zeros_like(w)
    REFERENCE.muon(w, grad, m, 0.1, 0.0, False, 5, 1.0, 0.0)
    assert np.isfinite(w).all()
    length = np.linalg.norm(w) / 0.1
    if size >= 1e-3:
        assert 1.0 < length < 2.2  # √3 for an orthogonal matrix
    elif size < 1e-20:
        assert length < 1e-6
