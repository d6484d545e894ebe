"""An optimizer on one page: a few numbers, their gradient, and two updates."""

from __future__ import annotations

import copy

import numpy as np

from ..errors import InputError
from ..initializers import zeros
from ..layers.variables import Parameter
from ..optim.base import Optimizer
from ..types import Array
from .arrays import number
from .layout import Page, formula

STEPS = 2


def explain_optimizer(optimizer: Optimizer, xs: tuple[Array, ...] | None) -> str:
    optimizer = copy.deepcopy(optimizer)
    optimizer.groups = {}  # their patterns name the arrays of a model
    w, grad = _tiny(optimizer) if xs is None else _pair(xs)
    parameter = Parameter(w.shape, zeros)
    parameter.value = w.copy()
    page = Page(repr(optimizer), formula(type(optimizer)))
    page.section("before")
    page.array("w", w)
    page.array("gradient", grad)
    for step in range(1, STEPS + 1):
        page.section(f"step {step}    the same gradient, lr {number(optimizer.lr)}")
        parameter.grad = grad.copy()
        before = parameter.value.copy()
        optimizer.step([("w", parameter)])
        for name, array in optimizer.state().items():
            if name.startswith("w/"):
                page.array(name.removeprefix("w/"), array)
        page.array("change of w", parameter.value - before)
        page.array("w", parameter.value)
    return str(page)


def _tiny(optimizer: Optimizer) -> tuple[Array, Array]:
    """Three numbers, or a matrix for a rule that is about matrices."""
    w = np.array([1.0, -2.0, 0.5], np.float32)
    grad = np.array([0.1, -0.3, 2.0], np.float32)
    if optimizer.rule(w) != type(optimizer).__name__:
        return np.stack([w, -w / 2]), np.stack([grad, grad[::-1]])
    return w, grad


def _pair(xs: tuple[Array, ...]) -> tuple[Array, Array]:
    if len(xs) != 2 or xs[0].shape != xs[1].shape:
        shapes = [x.shape for x in xs]
        raise InputError(f"x: expected (weights, gradient) of one shape, received {shapes}")
    return xs[0], xs[1]
