"""What is written out comes to the layer's own output, for every layer of every model."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from chainrule import layers as L
from chainrule.errors import InputError
from chainrule.interpret.maps import Pass, passes
from chainrule.layers.variables import Variable
from chainrule.models import MODELS
from chainrule.play.written_out import formula, written_out


def runs_of(*layers: L.Layer, shape: tuple[int, ...] = (9, 8, 4), seed: int = 0) -> list[Pass]:
    x = np.random.default_rng(seed).standard_normal((1, *shape)).astype(np.float32)
    return passes(L.Sequential(*layers).init(1), x)


def places(run: Pass, count: int = 6) -> list[list[int]]:
    """Corners, and others."""
    rng = np.random.default_rng(0)
    shape = run.output.shape
    some = [[int(rng.integers(n)) for n in shape] for _ in range(count)]
    return [[0] * len(shape), [n - 1 for n in shape], *some]


def expect_equal(run: Pass, form: str) -> None:
    for place in places(run):
        found = written_out(run, place)
        assert found["form"] == form
        scale = max(1e-3, float(np.abs(run.output).max()))
        assert found["output"] == pytest.approx(float(run.output[tuple(place)]), rel=1e-6)
        assert abs(found["result"] - found["output"]) <= 1e-5 * scale


CONVOLUTIONS = {
    "plain": {},
    "no bias": {"bias": False},
    "padding": {"padding": 1},
    "same": {"padding": "same", "stride": 2},
    "stride": {"stride": (2, 1), "padding": (0, 2)},
    "dilation": {"dilation": 2, "padding": 2},
    "reflect": {"padding": 2, "padding_mode": "reflect"},
    "groups": {"groups": 2, "padding": 1},
    "depthwise": {"groups": 4, "padding": "same"},
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_is_patch_times_filter_plus_bias(name: str) -> None:
    (run,) = runs_of(L.Conv2d(4, 8, (3, 2), **CONVOLUTIONS[name]))
    if run.layer.bias is not None:  # it begins as 0
        run.layer.bias.value = np.linspace(-1, 1, 8, dtype=np.float32)
    (run,) = passes(run.layer, run.inputs[0][np.newaxis])
    expect_equal(run, "convolution")
    for place in places(run):
        found = written_out(run, place)
        for part in found["parts"]:
            patch, w = np.array(part["patch"]), np.array(part["filter"])
            assert patch.shape == w.shape == (3, 2)
            np.testing.assert_allclose(part["products"], patch * w, rtol=1e-6, atol=1e-7)
            assert part["sum"] == pytest.approx((patch * w).sum(), abs=1e-6)
            own = run.layer.weight.value[..., part_of(run, part), place[2]]
            np.testing.assert_array_equal(np.array(part["filter"], np.float32), own)
        total = sum(part["sum"] for part in found["parts"]) + found["rest"]["sum"]
        assert found["result"] == pytest.approx(total + (found["bias"] or 0), abs=1e-5)


def part_of(run: Pass, part: dict[str, Any]) -> int:
    """The place of an input channel in the filters, which see a group of them."""
    return int(part["channel"]) % run.layer.weight.shape[2]


def test_a_patch_is_what_the_image_holds_there() -> None:
    (run,) = runs_of(L.Conv2d(4, 2, 3, padding=1))
    found = written_out(run, [0, 5, 1])
    assert found["window"] == {"top": -1, "left": 4, "size": [3, 3], "dilation": [1, 1]}
    assert found["outside"] == [[True] * 3, [False] * 3, [False] * 3]
    patch = np.array([part["patch"] for part in found["parts"]])
    np.testing.assert_array_equal(patch[:, 0], 0)
    np.testing.assert_allclose(patch[:, 1:], np.moveaxis(run.inputs[0][:2, 4:7], 2, 0), rtol=1e-6)


def test_of_many_channels_the_strongest_are_written_and_the_rest_summed() -> None:
    (run,) = runs_of(L.Conv2d(40, 2, 3), shape=(5, 5, 40))
    expect_equal(run, "convolution")
    found = written_out(run, [1, 1, 0])
    assert len(found["parts"]) == 16 and found["rest"]["count"] == 24
    x, w = run.inputs[0][1:4, 1:4].astype(float), run.layer.weight.value[..., 0]
    sums = np.abs((x * w).sum(axis=(0, 1)))
    assert {p["channel"] for p in found["parts"]} == set(np.argsort(-sums)[:16].tolist())


def test_a_linear_layer_lists_its_greatest_products() -> None:
    (run,) = runs_of(L.Linear(100, 3), shape=(100,))
    expect_equal(run, "linear")
    found = written_out(run, [2])
    terms = [abs(t["product"]) for t in found["terms"]]
    assert terms == sorted(terms, reverse=True) and found["rest"]["count"] == 100 - len(terms)
    expect_equal(runs_of(L.Linear(5, 3, bias=False), shape=(5,))[0], "linear")


OTHERS = {
    "maximum": [L.MaxPool2d(2), L.MaxPool2d(3, 2, padding=1), L.MaxPool2d(2, ceil_mode=True)],
    "mean": [
        L.AvgPool2d(2),
        L.AvgPool2d(3, 2, padding=1, count_include_pad=False),
        L.AvgPool2d(3, 2, padding=1, ceil_mode=True),
        L.AdaptiveAvgPool2d((2, 3)),
        L.GlobalAvgPool2d(),
    ],
    "norm": [
        L.BatchNorm(4),
        L.BatchNorm(4, scale=False),
        L.GroupNorm(4, groups=2),
        L.InstanceNorm(4),
        L.LayerNorm(4),
        L.LayerNorm((9, 8, 4), affine=False),
    ],
    "function": [L.Scale(0.3), L.PReLU(4), *[kind() for kind in L.ACTIVATIONS.values()]],
    "copy": [L.Dropout(0.5), L.Flatten()],
    "convolution": [L.WhiteningConv2d(4)],
    "normalize": [L.Normalize(4), L.Normalize(1)],
    "sum": [
        L.Residual(L.Conv2d(4, 4, 3, padding=1)),
        L.Residual(L.Conv2d(4, 6, 1), L.Conv2d(4, 6, 1)),
    ],
}


@pytest.mark.parametrize("form", OTHERS)
def test_other_layers_are_written_out(form: str) -> None:
    for layer in OTHERS[form]:
        run = runs_of(layer)[-1]
        rng = np.random.default_rng(2)
        for name, node in vars(run.layer).items():
            if isinstance(node, Variable) and name != "slope":
                node.value = rng.uniform(0.5, 2, node.shape).astype(np.float32)
        run = passes(run.layer, run.inputs[0][np.newaxis])[-1]
        expect_equal(run, form)


def test_pixels_are_normalized_by_255() -> None:
    layer = L.Normalize(3).init(0)
    x = np.random.default_rng(0).integers(0, 256, (20, 5, 5, 3), np.uint8)
    layer.fit(x)
    (run,) = passes(layer, x[:1])
    expect_equal(run, "normalize")
    assert written_out(run, [0, 0, 0])["unit"] == 255


def test_merges_take_their_inputs_from_the_same_place() -> None:
    for merge, form in ((L.Add(), "sum"), (L.Multiply(), "product"), (L.Concat(), "copy")):
        graph = L.Graph(
            {
                "a": (L.Conv2d(4, 3, 1), "input"),
                "b": (L.Conv2d(4, 3, 1), "input"),
                "out": (merge, "a", "b"),
            }
        )
        runs = runs_of(graph)
        (run,) = [run for run in runs if type(run.layer) is type(merge)]
        expect_equal(run, form)
    last = written_out(run, [0, 0, 5])
    assert (last["from"], last["source"]) == (1, [0, 0, 2])


def test_a_window_of_a_pool_says_who_won_and_what_lies_outside() -> None:
    (run,) = runs_of(L.MaxPool2d(3, 3, padding=1))
    found = written_out(run, [0, 0, 2])
    assert found["outside"][0] == [True] * 3 and found["window"]["top"] == -1
    row, column = found["winner"]
    assert found["patch"][row][column] == found["result"]


def test_a_layer_that_computes_otherwise_is_not_written_out() -> None:
    class Twice(L.Linear):
        def forward(self, x: Any) -> Any:
            y, cache = super().forward(x)
            return 2 * y, cache

    (run,) = runs_of(Twice(5, 2), shape=(5,))
    found = written_out(run, [1])
    assert found["form"] == "none" and found["result"] is None
    assert found["output"] == pytest.approx(float(run.output[1]))


@pytest.mark.parametrize("place", [[0, 0], [9, 0, 0], [0, 0, -1], [0, 0, 0, 0], []])
def test_a_place_that_there_is_not(place: list[int]) -> None:
    (run,) = runs_of(L.ReLU())
    with pytest.raises(InputError, match=r"place: expected one inside of \(9, 8, 4\)"):
        written_out(run, place)


SMALL = ("airbench", "convnet", "lenet5", "mobilenet_v2", "resnet20", "squeezenet1_1")


@pytest.mark.parametrize("name", SMALL)
def test_every_layer_of_a_model_is_what_is_written(name: str) -> None:
    model = MODELS[name](inputs=(28, 28, 1), classes=10).init(0)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (1, 28, 28, 1), np.uint8)
    forms: Counter[str] = Counter()
    for run in passes(model, x):
        place = [int(rng.integers(n)) for n in run.output.shape]
        found = written_out(run, place)
        forms[found["form"]] += 1
        if found["form"] != "none":
            scale = max(1e-3, float(np.abs(run.output).max()))
            assert abs(found["result"] - found["output"]) < 1e-4 * scale, run
    assert forms["convolution"] and forms["none"] <= forms.total() // 4


def test_formulas_are_those_of_the_documentation() -> None:
    assert formula(L.Linear) == "y = x W + b" and formula(L.ReLU) == "y = max(x, 0)"
    assert formula(L.Flatten) == ""
