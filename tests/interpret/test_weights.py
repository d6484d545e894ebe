from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import InputError
from chainrule.interpret import filters, parameter_histograms, templates, weight_matrix
from chainrule.layers import Conv2d, Flatten, Linear, ReLU, Residual, Sequential, SpatialDropout


def test_filters_are_the_weights_with_the_outputs_first(convnet):
    w = convnet.layers[1].weight.value
    np.testing.assert_array_equal(filters(convnet)[2], w[..., 2])
    np.testing.assert_array_equal(filters(convnet, "layers.1"), filters(convnet, 0))
    assert filters(convnet, 1).shape == (6, 3, 3, 4)


def test_convolutions_inside_of_blocks_and_of_groups_are_found():
    block = Residual(Sequential(Conv2d(4, 4, 3, padding=1, groups=2), ReLU()))
    model = Sequential(Conv2d(3, 4, 5, padding=2), block).init(0)
    assert filters(model, 1).shape == (4, 3, 3, 2)
    assert filters(model, "layers.1.body.layers.0").shape == (4, 3, 3, 2)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (2, "layer: expected below 2, the convolutions, received 2"),
        (-1, "layer: expected a whole number of at least 0 or text"),
        ("layers.11", "no layer 'layers.11'; did you mean 'layers.1'"),
        ("layers.2", r"path of a convolution \(layers.1, layers.5\), .* which is BatchNorm"),
    ],
)
def test_a_layer_that_is_no_convolution(convnet, layer, words):
    with pytest.raises(InputError, match=words):
        filters(convnet, layer)


def test_a_model_without_convolutions(mlp):
    with pytest.raises(InputError, match="with a convolution, received one without"):
        filters(mlp)


def test_the_weight_matrix_is_the_last_by_default(mlp, convnet):
    assert weight_matrix(mlp) is mlp.layers[-1].weight.value
    assert weight_matrix(mlp, "layers.2").shape == (64, 16)
    assert weight_matrix(convnet).shape == (6, 10)
    with pytest.raises(InputError, match=r"a fully connected layer \(layers.2, layers.6\)"):
        weight_matrix(mlp, "layers.3")
    with pytest.raises(InputError, match="with a fully connected layer, received one without"):
        weight_matrix(Sequential(Conv2d(1, 1, 3)).init(0))


def test_the_output_is_the_product_with_the_template():
    model = Sequential(Flatten(), Linear(12, 4)).init(0)
    x = np.random.default_rng(0).standard_normal((1, 2, 2, 3)).astype(np.float32)
    found = templates(model, (2, 2, 3))
    np.testing.assert_allclose((found * x).sum(axis=(1, 2, 3)), model(x)[0], rtol=1e-5)


def test_templates_need_the_pixels_and_their_shape(convnet, mlp):
    assert templates(mlp).shape == (16, 8, 8, 1)  # by its signature
    with pytest.raises(InputError, match=r"received Conv2d at layers\.1; .* by 'filters'"):
        templates(convnet)
    with pytest.raises(InputError, match=r"64 values, and an image of \(4, 4, 1\) has 16"):
        templates(mlp, (4, 4, 1))
    with pytest.raises(InputError, match="which this model does not know, received none"):
        templates(cr.models.mlp((8, 8, 1), (), 2).init(0))
    with pytest.raises(InputError, match="received ReLU"):
        templates(ReLU())


def test_each_parameter_has_a_histogram_and_no_value_is_lost(mlp):
    found = parameter_histograms(mlp, 7)
    assert [h.path for h in found] == [path for path, _ in cr.layers.named_parameters(mlp)]
    for h, (_, node) in zip(found, cr.layers.named_parameters(mlp), strict=True):
        assert h.counts.sum() == node.value.size and h.edges.shape == (8,)
        assert h.mean == pytest.approx(node.value.mean(dtype=float), abs=1e-7)
        assert h.std == pytest.approx(node.value.std(dtype=float), abs=1e-7)
    by_path = {h.path: h for h in found}
    assert by_path["layers.3.gamma"].edges[[0, -1]].tolist() == [0.999, 1.001]  # all are 1
    assert by_path["layers.6.bias"].zeros == 1 and by_path["layers.2.weight"].zeros == 0


def test_values_of_one_size_or_far_apart_have_bins_too():
    layer = Linear(1, 3).init(0)
    for values in ([1e30, 1e30, 1e30], [0, 0, 0], [-3e38, 0, 3e38], [1e-30, 2e-30, 0]):
        layer.weight.value = np.array([values], np.float32)
        h = parameter_histograms(layer)[0]
        assert h.counts.sum() == 3 and (np.diff(h.edges) > 0).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_named(mlp, convnet, wrong):
    mlp.layers[6].weight.value[0, :2] = wrong
    with pytest.raises(InputError, match=r"2 of 160 NaN or infinite in layers\.6\.weight"):
        parameter_histograms(mlp)
    with pytest.raises(InputError, match="the training diverged"):
        weight_matrix(mlp)
    templates(mlp)  # of another layer
    convnet.layers[1].weight.value[0] = wrong
    with pytest.raises(InputError, match="in weight"):
        filters(convnet)


def test_a_model_without_parameters_has_no_histograms():
    assert parameter_histograms(Sequential(SpatialDropout(0.5)).init(0)) == []


def test_an_uninitialized_model_is_an_input_error():
    for look in (filters, weight_matrix, parameter_histograms):
        with pytest.raises(InputError):
            look(cr.models.convnet((8, 8, 1), 2, filters=(2,)))
