"""Weights by name: which names a model has, in which layouts, and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import layers as L
from chainrule import models, weights
from chainrule.errors import InputError
from chainrule.layers import named_arrays
from chainrule.weights import WeightsMismatch
from chainrule.weights.layouts import CONVOLUTION, SAME, Dense
from chainrule.weights.mapping import head_of

RESNET = {"blocks": (1, 2), "widths": (4, 6)}
NETS = {
    "resnet": lambda: models.resnet((16, 16, 3), 5, **RESNET),
    "bottleneck": lambda: models.resnet((16, 16, 3), 5, **RESNET, block="bottleneck"),
    "imagenet": lambda: models.resnet((16, 16, 3), 5, **RESNET, stem="imagenet"),
    "mobilenet_v2": lambda: models.mobilenet_v2((32, 32, 3), 5, width_mult=0.1),
    "efficientnet_lite0": lambda: models.efficientnet_lite0((32, 32, 3), 5),
    "squeezenet1_1": lambda: models.squeezenet1_1((20, 20, 3), 5),
    "vgg": lambda: models.vgg((8, 8, 3), 5, blocks=((4,), (6, 6)), hidden=(7,), norm=None),
    "vgg bn": lambda: models.vgg((8, 8, 3), 5, blocks=((4,), (6, 6)), hidden=()),
    "convnet": lambda: models.convnet((12, 12, 1), 5, filters=(4, 6)),
    "mlp": lambda: models.mlp((4, 4, 3), (6,), 5, norm="batch", dropout=0.5),
    "pre-activation": lambda: L.Sequential(
        L.Normalize(3),
        L.Conv2d(3, 4, 3),
        L.Residual(L.Sequential(L.BatchNorm(4), L.ReLU(), L.Conv2d(4, 4, 3, padding=1))),
        L.GlobalAvgPool2d(),
        L.Linear(4, 5),
    ),
    "one layer": lambda: L.Linear(4, 5),
}


def drawn(name: str, seed: int = 0) -> L.Layer:
    """Initialized, with all arrays but Normalize's moved away from 0 and 1."""
    model, rng = NETS[name]().init(seed), np.random.default_rng(seed)
    for _, node in named_arrays(model):
        if node.value.dtype == np.float32 and node.value.ndim:
            node.value = rng.random(node.shape, np.float32)
    return model


@pytest.mark.parametrize("name", NETS)
def test_out_and_back_is_the_same_model(name):
    model, other = drawn(name), drawn(name, 1)
    for library in {"timm", "torchvision", "torch.nn.Sequential", None}:
        try:
            tensors = weights.to_torch(model, library=library)
        except InputError as error:
            assert "library: expected one that has names for this model" in str(error)
            continue
        match = weights.from_torch(other, tensors)
        assert match.ok
        assert set(match.matched) == set(tensors)
        for path, value in model.state().items():
            if path.split(".")[-1] not in ("mean", "std", "fitted", "key", "count"):
                np.testing.assert_array_equal(value, other.state()[path])


def names(name: str, library: str | None = None) -> list[str]:
    return list(weights.to_torch(NETS[name]().init(0), library=library))


def test_names_of_resnets():
    found = names("imagenet")
    assert found[:5] == [
        "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
    ]  # fmt: skip
    assert "layer1.0.conv2.weight" in found
    assert "layer2.0.downsample.0.weight" in found
    assert "layer2.0.downsample.1.running_var" in found
    assert "layer2.1.bn2.bias" in found
    assert found[-2:] == ["fc.weight", "fc.bias"]
    assert not any("layer1.0.downsample" in n or "layer2.1.downsample" in n for n in found)
    assert "layer1.0.downsample.0.weight" in names("bottleneck")
    assert names("imagenet", "timm") == found


def test_names_of_inverted_residual_nets():
    found = names("mobilenet_v2")
    assert found[0] == "features.0.0.weight"
    assert "features.1.conv.1.weight" in found
    assert "features.2.conv.1.0.weight" in found
    assert "features.17.conv.3.running_var" in found
    assert found[-1] == "classifier.1.bias"
    theirs = names("mobilenet_v2", "timm")
    assert {"conv_stem.weight", "blocks.0.0.conv_pw.weight", "blocks.6.0.conv_pwl.weight"} < set(
        theirs
    )
    lite = names("efficientnet_lite0")
    assert {"blocks.0.0.conv_dw.weight", "blocks.5.3.bn3.bias", "conv_head.weight"} < set(lite)
    own = names("efficientnet_lite0", "efficientnet_pytorch")
    assert {"_blocks.0._depthwise_conv.weight", "_blocks.15._bn2.bias", "_fc.bias"} < set(own)
    assert "_blocks.0._expand_conv.weight" not in own


def test_names_of_squeezenet_and_vgg():
    assert names("squeezenet1_1")[:4] == [
        "features.0.weight", "features.0.bias", "features.3.squeeze.weight",
        "features.3.squeeze.bias",
    ]  # fmt: skip
    assert "features.12.expand3x3.bias" in names("squeezenet1_1")
    assert "fire9/expand3x3.1" in names("squeezenet1_1", "keras")
    assert names("vgg") == [
        f"{layer}.{array}"
        for layer in ("features.0", "features.3", "features.5", "classifier.0", "classifier.3")
        for array in ("weight", "bias")
    ]


def test_names_of_others_are_those_of_a_sequential():
    assert names("mlp")[:2] == ["1.weight", "1.bias"]
    assert "2.running_mean" in names("mlp")
    assert names("pre-activation")[:3] == ["0.weight", "0.bias", "1.body.0.weight"]
    assert names("one layer") == ["weight", "bias"]


def test_timm_s_vgg_has_convolutions_for_linear_layers():
    model = models.vgg((8, 8, 3), 5, blocks=((4,), (6,)), hidden=(7, 9), norm=None).init(0)
    tensors = weights.to_torch(model, library="timm")
    assert tensors["pre_logits.fc1.weight"].shape == (7, 6, 2, 2)
    assert tensors["pre_logits.fc2.weight"].shape == (9, 7, 1, 1)
    assert tensors["head.fc.weight"].shape == (5, 9)
    theirs = weights.to_torch(model, library="torchvision")
    flat = tensors["pre_logits.fc1.weight"].reshape(7, -1)
    np.testing.assert_array_equal(flat, theirs["classifier.0.weight"])
    other = models.vgg((8, 8, 3), 5, blocks=((4,), (6,)), hidden=(7, 9), norm=None).init(1)
    assert weights.from_torch(other, tensors).library == "timm"
    np.testing.assert_array_equal(other.layers[8].weight.value, model.layers[8].weight.value)


def test_layouts_by_hand():
    ours = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    theirs = CONVOLUTION.out(ours)
    assert theirs.shape == CONVOLUTION.shape(ours.shape) == (5, 4, 2, 3)
    assert theirs[4, 3, 1, 2] == ours[1, 2, 3, 4]
    np.testing.assert_array_equal(CONVOLUTION.back(theirs), ours)
    # Two pixels of three channels: here r g b, r g b; there r r, g g, b b.
    flat = np.array([["r0"], ["g0"], ["b0"], ["r1"], ["g1"], ["b1"]])
    assert Dense(3).out(flat).tolist() == [["r0", "r1", "g0", "g1", "b0", "b1"]]
    assert Dense(3).back(Dense(3).out(flat)).tolist() == flat.tolist()
    assert Dense().out(flat).tolist() == [flat.ravel().tolist()]
    assert SAME.fits((3,), (3,))
    assert not SAME.fits((3,), (1, 3))
    assert Dense(3).fits((12, 5), (5, 12))
    assert Dense(3).fits((12, 5), (5, 3, 2, 2))
    assert not Dense(3).fits((12, 5), (5, 4, 3, 1))
    assert not Dense(3).fits((12, 5), ())


def test_a_flattened_image_of_branches_side_by_side():
    branches = L.Parallel(L.Conv2d(3, 2, 1), L.Conv2d(3, 3, 1), merge=L.Concat())
    model = L.Sequential(branches, L.Flatten(), L.Linear(20, 1)).init(0)
    model.layers[2].weight.value = np.arange(20, dtype=np.float32).reshape(20, 1)
    assert weights.to_torch(model)["2.weight"].ravel().tolist() == [
        channel + 5 * pixel for channel in range(5) for pixel in range(4)
    ]


def test_a_flattened_image_of_an_unknown_layer():
    graph = L.Graph({"a": (L.Conv2d(3, 2, 1), "input"), "b": (L.ReLU(), "a")})
    model = L.Sequential(graph, L.Flatten(), L.Linear(8, 2)).init(0)
    with pytest.raises(InputError, match="flattens the image of a Graph or of an unknown layer"):
        weights.to_torch(model)


def test_layers_whose_weights_lie_otherwise():
    model = L.Sequential(L.ConvTranspose2d(3, 2, 2), L.GlobalAvgPool2d(), L.Linear(2, 2)).init(0)
    with pytest.raises(InputError, match="expected no ConvTranspose2d"):
        weights.to_torch(model)


# What does not fit.


def changed(**change):
    tensors = weights.to_torch(drawn("resnet"))
    for name, value in change.items():
        name = name.replace("__", ".")
        if value is None:
            del tensors[name]
        else:
            tensors[name] = value
    return tensors


def test_counters_do_not_matter():
    tensors = changed(bn1__num_batches_tracked=np.array(7), conv1__total_ops=np.zeros(1))
    assert weights.from_torch(drawn("resnet", 1), tensors).ok


def test_a_table_of_what_does_not_fit():
    model = drawn("resnet", 1)
    before = {path: value.copy() for path, value in model.state().items()}
    tensors = changed(
        fc__weight=np.zeros((7, 6), np.float32), bn1__bias=None, extra=np.zeros(2, np.float32)
    )
    with pytest.raises(WeightsMismatch) as caught:
        weights.from_torch(model, tensors)
    said = str(caught.value)
    assert said == (
        "these weights do not fit the model: 40 of the model's 42 arrays fit; 1 of another shape "
        "(fc.weight is (5, 6) in the model and (7, 6) in the file); 1 missing (bn1.bias (4,)); "
        "1 extra (extra (2,))"
    )
    match = caught.value.match
    assert not match.ok
    assert match.missing == {"bn1.bias": (4,)}
    assert match.reshaped == {"fc.weight": ((5, 6), (7, 6))}
    lines = str(match).splitlines()
    assert lines[0].split() == ["array", "verdict", "the", "model's", "the", "file's"]
    assert len(lines) == 1 + 40 + 3
    for path, value in before.items():
        np.testing.assert_array_equal(model.state()[path], value)


def test_another_family_and_nothing_at_all():
    for tensors in (weights.to_torch(drawn("squeezenet1_1")), {}):
        with pytest.raises(WeightsMismatch, match="0 of the model's 42 arrays fit; 42 missing"):
            weights.from_torch(drawn("resnet"), tensors)


def test_the_message_has_a_limit():
    tensors = {f"{'x' * 500}{i}": np.zeros(1, np.float32) for i in range(500)}
    with pytest.raises(WeightsMismatch) as caught:
        weights.from_torch(drawn("resnet"), tensors)
    assert len(str(caught.value)) < 1300
    assert "500 extra" in str(caught.value)


def test_another_head_may_be_left_out():
    model = models.resnet((16, 16, 3), 9, **RESNET).init(3)
    head = model.layers[-1].weight.value.copy()
    match = weights.from_torch(model, weights.to_torch(drawn("resnet")), head=False)
    assert match.ok
    assert "fc.weight" not in match.matched
    np.testing.assert_array_equal(model.layers[-1].weight.value, head)
    with pytest.raises(WeightsMismatch, match=r"fc\.weight is \(9, 6\)"):
        weights.from_torch(model, weights.to_torch(drawn("resnet")))
    squeeze = NETS["squeezenet1_1"]()
    assert head_of(squeeze) is squeeze.layers[-3]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (np.full((5, 6), np.nan, np.float32), "fc.weight: expected finite numbers, received 30"),
        (np.full((5, 6), 1e300), "fc.weight: expected finite numbers"),
        (np.ones((5, 6), np.int8), "floating-point numbers, received int8; quantized"),
        (np.full((5, 6), np.inf, np.float16), "NaN or infinite"),
    ],
)
def test_values_that_are_no_weights(value, problem):
    model = drawn("resnet", 1)
    before = model.layers[1].weight.value
    with pytest.raises(InputError, match=problem):
        weights.from_torch(model, changed(fc__weight=value))
    assert model.layers[1].weight.value is before


def test_a_variance_below_0():
    with pytest.raises(InputError, match="running_var: expected variances of 0 or more"):
        weights.from_torch(drawn("resnet"), changed(bn1__running_var=np.full(4, -1, np.float32)))


def test_halves_and_doubles_become_float32():
    model = drawn("resnet", 1)
    tensors = {name: array.astype(np.float64) for name, array in changed().items()}
    tensors["fc.bias"] = np.full(5, 0.5, np.float16)
    weights.from_torch(model, tensors)
    assert {v.dtype.name for p, v in model.state().items() if "fitted" not in p} == {"float32"}
    assert model.layers[-1].bias.value.tolist() == [0.5] * 5


def test_a_model_without_weights_is_initialized_first():
    model = NETS["resnet"]()
    weights.from_torch(model, changed())
    assert model.initialized
    with pytest.raises(InputError, match="the model has no weights yet"):
        weights.to_torch(NETS["resnet"]())
    with pytest.raises(InputError, match="expected one with weights"):
        weights.from_torch(L.Sequential(L.ReLU()), {}, head=False)


def test_copies_are_given_out():
    model = drawn("mlp")
    weights.to_torch(model)["1.bias"][:] = 7
    assert not (model.state()["layers.2.bias"] == 7).any()


def test_a_model_from_a_file_has_the_names_too(tmp_path):
    model = drawn("imagenet")
    model.save(tmp_path / "m.safetensors")
    assert list(weights.to_torch(cr.load(tmp_path / "m.safetensors"))) == names("imagenet")
