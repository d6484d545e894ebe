"""Every layer, loss and optimizer on strict arrays: they call nothing that a GPU's have not, and
give NumPy's own numbers, to the last bit."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chainrule import kernels
from chainrule.device import device, on_host
from chainrule.layers import Layer, SingleValueError

from .. import contract
from ..losses.cases import EACH
from ..optim.test_contract import OPTIMIZERS, fill, parameters
from ..test_contract import LAYERS

GPU_ROUTE = SimpleNamespace(**vars(kernels.REFERENCE))
"""The reference under another name, with which containers fuse layers."""


def put(x: Any) -> Any:
    return device("gpu").put(x)


def passes(layer: Layer, x: Any, dy: Any) -> dict[str, Any]:
    """What each verb gives, twice, and the arrays that are left."""
    found: dict[str, Any] = {"predicted": layer(x)}
    layer.clear_grads()
    try:
        y, cache = layer.forward(x)
    except SingleValueError:
        return found
    found |= {"y": y, "dx": layer.backward(dy, cache)} | contract.gradients(layer)
    y, cache = layer.forward_parameters(x)
    layer.backward_parameters(dy, cache)
    twice = {f"{path} twice": grad for path, grad in contract.gradients(layer).items()}
    return found | {"y again": y} | twice | layer.state() | {"after": layer(x)}


@pytest.mark.parametrize("table", [kernels.REFERENCE, GPU_ROUTE], ids=["reference", "fused"])
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_a_layer_gives_the_numbers_of_numpy(case: contract.Case, table, gpu):
    for dtype in (np.float32, np.float64) if table is kernels.REFERENCE else (np.float32,):
        layer, x = case.layer(dtype), case.input(dtype)
        with kernels.use(table):
            dy = case.upstream(layer(x))
            mine = copy.deepcopy(layer).to("gpu")
            expected = passes(layer, x, dy)
            found = passes(mine, put(x), put(dy))
        counters = {path for path, node in contract.named_arrays(mine) if node.counts}
        assert {
            name for name, a in found.items() if isinstance(a, np.ndarray | np.generic)
        } == counters
        contract.assert_equal({name: on_host(a) for name, a in found.items()}, expected)


@pytest.mark.parametrize(("case", "shape"), EACH, ids=lambda part: str(part))
def test_a_loss_gives_the_numbers_of_numpy(case, shape, rng, gpu):
    targets = case.targets(rng, shape)
    logits = rng.standard_normal(shape, np.float32)
    weights = np.arange(len(logits), dtype=np.float32) % 3
    for verb, more in ((case.loss, ()), (case.loss.weighted, (weights,))):
        expected, slope = verb(logits, targets, *more)
        loss, dlogits = verb(*map(put, (logits, targets, *more)))
        assert type(loss) is float
        assert loss == expected
        np.testing.assert_array_equal(dlogits.get(), slope)


@pytest.mark.parametrize("build", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_optimizer_gives_the_numbers_of_numpy(build, gpu):
    here, there = parameters(), parameters()
    for _, parameter in there:
        parameter.move(device("gpu"))
    optimizers = build(weight_decay=0.1), build(weight_decay=0.1)
    for _ in range(3):
        fill(here)
        for (_, one), (_, other) in zip(here, there, strict=True):
            other.grad = put(one.grad)
        for optimizer, named in zip(optimizers, (here, there), strict=True):
            optimizer.step(named)
    for (_, one), (_, other) in zip(here, there, strict=True):
        np.testing.assert_array_equal(other.value.get(), one.value)
    state = {name: on_host(array) for name, array in optimizers[1].state().items()}
    contract.assert_equal(state, optimizers[0].state())
