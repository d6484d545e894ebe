"""What ``benchmarks.fusion`` compares: each kind of fused layers that a net has, off by itself."""

from __future__ import annotations

import pytest

from benchmarks import fusion
from chainrule.bench import nets

pytest.importorskip("numba")


def test_each_kind_in_a_net_is_switched_off_by_itself():
    net = nets.find("vgg").with_shape(8, 8, 3)
    row = fusion.ablation(net, batch_size=2, seconds=0)
    assert list(row["without"]) == [
        "linear_norm_relu_dropout",
        "norm_relu_pool",
        "norm_relu",
        "all",
    ]
    assert all(without["steps"] == 5 for without in row["without"].values())


def test_kinds_inside_of_residual_blocks_are_found():
    net = nets.find("resnet18").with_shape(4, 4, 3)
    assert list(fusion.ablation(net, 2, 0)["without"]) == ["norm_relu", "residual_relu", "all"]


def test_a_gain_is_how_much_longer_a_step_takes_without():
    assert fusion.gain([2.0, 3.0, 6.0], [2.0, 2.0, 2.0]) == {
        "gain_percent": 50.0,
        "gain_quartile_1": 25.0,
        "gain_quartile_3": 125.0,
    }
