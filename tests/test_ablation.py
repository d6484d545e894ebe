"""What ``benchmarks.ablation`` compares: each trick that a net uses, off by itself."""

from __future__ import annotations

import pytest

pytest.importorskip("numba")

from benchmarks import ablation
from chainrule.bench import nets
from chainrule.bench.frameworks.ours import Ours
from chainrule.kernels.cpu import conv, workspace


def test_each_kind_of_fused_layers_is_switched_off_by_itself():
    net = nets.find("vgg").with_shape(8, 8, 3)
    found = list(ablation.variants(Ours(net, 2)))
    assert found[:4] == [
        "linear_norm_relu_dropout",
        "norm_relu_pool",
        "norm_relu",
        "all fused layers",
    ]
    assert "Winograd's convolution" not in found and "workspace" in found


def test_kinds_inside_of_residual_blocks_are_found():
    net = nets.find("resnet18").with_shape(4, 4, 3)
    assert ablation.kinds_in(Ours(net, 2)) == ["norm_relu", "residual_relu"]


def test_without_winograd_columns_serve():
    ours = Ours(nets.find("conv"), 8)
    assert "winograd" in ablation.algorithms_in(ours)
    without = ablation.variants(ours)["Winograd's convolution"]
    with without():
        assert "winograd" not in ablation.algorithms_in(ours)
    assert "winograd" in ablation.algorithms_in(ours) and not conv._asked


def test_afterwards_all_is_as_before():
    import numba

    on, threads = workspace.shared.on, numba.get_num_threads()
    with ablation.fresh_arrays(), ablation.one_thread():
        assert not workspace.shared.on and numba.get_num_threads() == 1
    assert workspace.shared.on == on and numba.get_num_threads() == threads


def test_every_variant_has_its_steps():
    row = ablation.ablation(nets.find("mlp"), batch_size=4, seconds=0)
    parts = [row, row["bfloat16"]] if "bfloat16" in row else [row]
    assert all(each["steps"] == 5 for part in parts for each in part["without"].values())


def test_a_gain_is_how_much_longer_a_step_takes_without():
    assert ablation.gain([2.0, 3.0, 6.0], [2.0, 2.0, 2.0]) == {
        "gain_percent": 50.0,
        "gain_quartile_1": 25.0,
        "gain_quartile_3": 125.0,
    }
