"""What one layer does twice, or what changes between forward and backward, shows in no run."""

from __future__ import annotations

import copy
from contextlib import nullcontext

import numpy as np
import pytest

from chainrule.layers import (
    Add,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Graph,
    Layer,
    Linear,
    MaxPool2d,
    Parallel,
    ReLU,
    Residual,
    Sequential,
    fusion,
    named_parameters,
)

from ...contract import assert_close, gradients

pytest.importorskip("numba")

CHANNELS = 4


def _conv() -> Conv2d:
    return Conv2d(CHANNELS, CHANNELS, 3, padding=1)


def _block(norm: BatchNorm, shortcut: Layer | None) -> Sequential:
    return Sequential(Residual(Sequential(_conv(), norm), shortcut), ReLU())


def in_body_and_shortcut(norm: BatchNorm) -> Layer:
    return _block(norm, norm)


def deep_in_the_shortcut(norm: BatchNorm) -> Layer:
    return _block(norm, Sequential(_conv(), norm))


def in_a_run_of_the_shortcut(norm: BatchNorm) -> Layer:
    return _block(norm, Sequential(norm, ReLU(), _conv()))


def in_the_head_too(norm: BatchNorm) -> Layer:
    return Sequential(Residual(Sequential(norm, ReLU(), _conv(), norm), norm), ReLU())


def body_is_the_shortcut(norm: BatchNorm) -> Layer:
    body = Sequential(_conv(), norm)
    return Sequential(Residual(body, body), ReLU())


def two_blocks_of_one(norm: BatchNorm) -> Layer:
    block = _block(norm, _conv())
    return Sequential(block, block, *block.layers)


def statistics_of_another(norm: BatchNorm) -> Layer:
    twin = BatchNorm(CHANNELS)
    twin.running_mean, twin.running_var = norm.running_mean, norm.running_var
    return _block(norm, twin)


def twice_in_a_row(norm: BatchNorm) -> Layer:
    return Sequential(norm, ReLU(), _conv(), norm, ReLU(), MaxPool2d(2), norm, ReLU())


def in_parallel(norm: BatchNorm) -> Layer:
    return Parallel(Sequential(norm, ReLU()), Sequential(_conv(), norm, ReLU()), merge=Add())


def in_a_graph(norm: BatchNorm) -> Layer:
    return Graph({
        "one": (Sequential(norm, ReLU()), "input"),
        "two": (Sequential(_conv(), norm, ReLU()), "one"),
        "sum": (Add(), "one", "two"),
    })  # fmt: skip


def among_linear_layers(norm: BatchNorm) -> Layer:
    linear, drop = Linear(CHANNELS, CHANNELS), Dropout(0.3)
    flat = 64 * CHANNELS
    return Sequential(
        Flatten(), Linear(flat, CHANNELS), norm, ReLU(), drop,
        linear, norm, ReLU(), drop,
        Residual(Sequential(linear, norm, ReLU(), linear, norm), norm), ReLU(),
        linear, norm, ReLU(),
    )  # fmt: skip


SHARED = [
    in_body_and_shortcut,
    deep_in_the_shortcut,
    in_a_run_of_the_shortcut,
    in_the_head_too,
    body_is_the_shortcut,
    two_blocks_of_one,
    statistics_of_another,
    twice_in_a_row,
    in_parallel,
    in_a_graph,
    among_linear_layers,
]


@pytest.mark.parametrize("build", SHARED, ids=lambda build: build.__name__)
def test_a_shared_norm_learns_what_it_would_layer_by_layer(build, rng):
    x = rng.standard_normal((6, 8, 8, CHANNELS), np.float32) * 3 + 2
    model = build(BatchNorm(CHANNELS)).init(0)
    results = []
    for how in (nullcontext(), fusion.off()):
        mine = copy.deepcopy(model)
        with how:
            for _ in range(3):
                y, caches = mine.forward(x)
                dx = mine.backward(np.cos(5 * y), caches)
            results.append({"y": y, "dx": dx, "predicted": mine(x)} | mine.state())
            results[-1] |= {f"d {path}": grad for path, grad in gradients(mine).items()}
    running = [{p: a for p, a in result.items() if "running" in p} for result in results]
    assert_close(*running, rtol=2e-6)
    floats = [{p: a for p, a in result.items() if a.dtype == np.float32} for result in results]
    assert_close(*floats, rtol=2e-5)


RUNS = {
    "relu": lambda: Sequential(BatchNorm(CHANNELS), ReLU()),
    "pool": lambda: Sequential(BatchNorm(CHANNELS), ReLU(), MaxPool2d(2)),
    "residual": lambda: _block(BatchNorm(CHANNELS), None),
    "shortcut": lambda: _block(BatchNorm(CHANNELS), Sequential(_conv(), BatchNorm(CHANNELS))),
    "linear": lambda: Sequential(Linear(CHANNELS, 5), BatchNorm(5), ReLU()),
    "dropout": lambda: Sequential(Linear(CHANNELS, 5), BatchNorm(5), ReLU(), Dropout(0.4)),
}


def scaled(model: Layer) -> None:
    """As an optimizer writes: into the arrays."""
    for _, parameter in named_parameters(model):
        parameter.value *= np.float32(-1.5)
        parameter.value += np.float32(0.2)


def replaced(model: Layer) -> None:
    """As `load_state` does: by other arrays."""
    model.load_state({p: a * np.float32(0.5) for p, a in model.state().items() if a.ndim} | {
        p: a for p, a in model.state().items() if not a.ndim
    })  # fmt: skip


def other_eps(model: Layer) -> None:
    for layer in model.layers:
        for norm in (layer, *getattr(getattr(layer, "body", None), "layers", ())):
            if isinstance(norm, BatchNorm):
                norm.eps = 0.5


@pytest.mark.parametrize("change", [scaled, replaced, other_eps], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", RUNS)
def test_what_changes_between_forward_and_backward_counts_as_in_plain_layers(name, change, rng):
    """Every layer reads its parameters when it is called. What a ReLU let pass was let pass."""
    shape = (7, CHANNELS) if name in ("linear", "dropout") else (3, 6, 6, CHANNELS)
    x = rng.standard_normal(shape, np.float32)
    model = RUNS[name]().init(0)
    for _, parameter in named_parameters(model):
        parameter.value = rng.standard_normal(parameter.shape, np.float32)
    assert fusion.find(model.layers, 0, x) is not None
    results = []
    for how in (nullcontext(), fusion.off()):
        mine = copy.deepcopy(model)
        with how:
            y, caches = mine.forward(x)
            change(mine)
            dx = mine.backward(np.cos(y), caches)
        results.append({"dx": dx} | {p: g for p, g in gradients(mine).items() if "bias" not in p})
    assert_close(*results, rtol=1e-5)
    if name in ("relu", "residual", "shortcut"):
        for path, array in results[0].items():
            np.testing.assert_array_equal(array, results[1][path], err_msg=path)
