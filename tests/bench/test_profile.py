from __future__ import annotations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.bench.frameworks.ours import Ours
from chainrule.bench.nets import NETS
from chainrule.bench.profile import _Clock, _step, measured, table


def test_parts_and_layers_are_there_and_add_up():
    record = measured(NETS["mlp"], 4, steps=2)
    assert set(record["parts"]) == {"forward", "loss", "backward", "update"}
    forward = sum(row["forward"] for row in record["layers"])
    assert 0 < forward <= 1.5 * record["parts"]["forward"]["ms"]
    assert "Linear" in record["layers"][0]["layer"]
    names = {row["kernel"].split()[0] for row in record["kernels"]}
    assert {"adam", "softmax_cross_entropy"} <= names
    assert "a step takes" in table(record)


@pytest.mark.parametrize("name", ["mlp", "resnet18"])
def test_the_step_with_clocks_learns_the_same(name):
    """The loop that is spelled out is that of ``Sequential``."""
    net = NETS[name].with_shape(8, 8, 3) if name == "resnet18" else NETS[name]
    plain, timed = Ours(net, 3), Ours(net, 3)
    clock = _Clock()
    for _ in range(2):
        plain.step()
        with clock.every_kernel():
            _step(timed, timed.model.layers, clock)
    for (path, one), (_, two) in zip(plain.parameters, timed.parameters, strict=True):
        np.testing.assert_array_equal(one.value, two.value, err_msg=path)


def test_clocks_are_gone_afterwards():
    before = kernels.of(np.ones(1, np.float32)).relu
    with _Clock().every_kernel():
        assert kernels.of(np.ones(1, np.float32)).relu is not before
    assert kernels.of(np.ones(1, np.float32)).relu is before
