from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.interpret import feature_maps
from chainrule.layers import Add, Conv2d, Graph, Linear, ReLU, Residual, Sequential


def test_each_map_is_what_the_layers_before_it_give(convnet, digits):
    image = digits[1].images[0]
    maps = feature_maps(convnet, image)
    assert [m.path for m in maps] == [f"layers.{i}" for i in range(len(convnet))]
    x = image[None]
    for layer, found in zip(convnet, maps, strict=True):
        x = layer(x)
        assert found.kind == type(layer).__name__ and found.shape == x.shape[1:]
        np.testing.assert_allclose(found.output, x[0], rtol=1e-5, atol=1e-6)


def test_the_maps_are_of_prediction_and_leave_no_trace(mlp, digits):
    before = {path: node.value.copy() for path, node in cr.layers.named_arrays(mlp)}
    kinds = [type(layer) for layer in mlp]
    image = digits[1].images[0]
    first, second = (feature_maps(mlp, image)[-1].output for _ in range(2))
    np.testing.assert_array_equal(first, second)  # no dropout
    np.testing.assert_allclose(first, mlp(image[None])[0], rtol=1e-5, atol=1e-6)
    assert [type(layer) for layer in mlp] == kinds
    for path, node in cr.layers.named_arrays(mlp):
        np.testing.assert_array_equal(node.value, before[path])


def test_blocks_come_after_what_is_inside_and_a_shared_layer_twice():
    relu = ReLU()
    model = Sequential(Residual(Sequential(Conv2d(2, 2, 1), relu)), relu).init(0)
    maps = feature_maps(model, np.ones((3, 3, 2), np.float32))
    first = "layers.0.body.layers"
    assert [m.path for m in maps] == [f"{first}.0", f"{first}.1", "layers.0", f"{first}.1"]
    np.testing.assert_allclose(maps[2].output, maps[1].output + 1, rtol=1e-6)


def test_a_graph_and_a_single_layer():
    graph = Graph({"a": (Linear(3, 3), "input"), "sum": (Add(), "a", "input")}).init(0)
    assert [m.kind for m in feature_maps(graph, np.ones(3, np.float32))][-1] == "Graph"
    (only,) = feature_maps(Linear(3, 2).init(0), np.ones(3, np.float32))
    assert (only.path, only.shape) == ("", (2,))


def test_one_image_in_any_form(mlp, digits):
    image = digits[1].images[0]
    whole = feature_maps(mlp, image)[-1].output
    for form in (image[None], image[..., 0], image.tolist()):
        np.testing.assert_array_equal(
            feature_maps(mlp, np.asarray(form, np.uint8))[-1].output, whole
        )


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2, 8, 8, 1), "expected one image, received 2"),
        ((8, 8, 3), r"expected \(8, 8, 1\), as the model was trained on, received \(8, 8, 3\)"),
        ((4, 4, 1), r"received \(4, 4, 1\)"),
        ((), r"image: expected \(8, 8, 1\), .* received \(\)"),
        ((0, 8, 8, 1), "received 0"),
    ],
)
def test_images_that_do_not_fit(mlp, shape, words):
    with pytest.raises(InputError, match=words):
        feature_maps(mlp, np.zeros(shape, np.uint8))


def test_nan_weights_are_an_input_error(mlp, digits):
    mlp.layers[2].weight.value[:] = np.nan
    with pytest.raises(InputError, match=r"layers\.2\.weight"):
        feature_maps(mlp, digits[1].images[0])
