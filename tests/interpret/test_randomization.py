from __future__ import annotations

import numpy as np
import pytest

from chainrule import data, interpret, models
from chainrule.errors import InputError
from chainrule.interpret import HeatMaps, randomization_check, saliency
from chainrule.interpret.randomization import rank_correlation, ranks
from chainrule.layers import Conv2d, Flatten, Linear, Sequential
from chainrule.layers.base import named_arrays

from .nets import convnet


def test_ranks_by_hand():
    assert ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1, 3.5, 2]


def test_rank_correlation_by_hand():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert rank_correlation(a, np.exp(a)) == pytest.approx(1)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    # ranks 1 2 3 4 against 2 1 4 3: 1 - 6 · 4 / (4 · 15)
    assert rank_correlation(a, np.array([[2.0, 1.0], [4.0, 3.0]])) == pytest.approx(0.6)
    assert rank_correlation(a, np.zeros((2, 2))) == 0
    assert np.isnan(rank_correlation(np.zeros((2, 2)), a))


def test_layers_are_randomized_from_the_top_one_after_the_other(rng):
    model, images = convnet(), rng.random((2, 8, 8, 3))
    seen = []

    def method(model, images, target=None):
        seen.append({path: node.value.copy() for path, node in named_arrays(model)})
        return saliency(model, images, target)

    check = randomization_check(model, images, method=method)
    order = ["layers.9", "layers.4.body.layers.1", "layers.4.body.layers.0", "layers.2", "layers.1"]
    assert check.layers == tuple((path,) for path in order)
    assert check.correlations.shape == (5, 2)
    assert check.maps.shape == (5, 2, 8, 8)
    np.testing.assert_equal(seen.pop(), seen[-1])  # for shuffled pixels
    for stage, after in enumerate(seen):
        random = [p for p in order if not np.array_equal(after[_first(p)], seen[0][_first(p)])]
        norms = [p for p in random if p in ("layers.4.body.layers.1", "layers.2")]
        assert random == [p for p in order[:stage] if p in norms or "gamma" not in _first(p)]
    np.testing.assert_array_equal(seen[-1]["layers.0.mean"], model[0].mean.value)
    assert seen[-1]["layers.2.running_var"].tolist() == [1, 1, 1, 1]


def _first(path):
    norm = path in ("layers.4.body.layers.1", "layers.2")
    return f"{path}.{'running_var' if norm else 'weight'}"


def test_the_classes_asked_about_stay(rng):
    images, asked = rng.random((3, 8, 8, 3)), []

    def method(model, images, target=None):
        found = saliency(model, images, target)
        asked.append(found.targets.tolist())
        return found

    randomization_check(convnet(), images, method=method)
    assert len({tuple(each) for each in asked}) == 1


def test_a_map_of_the_image_alone_is_called_out(rng):
    """An edge detector that never asks the model."""

    def edges(model, images, target=None):
        found = saliency(model, images, target)
        maps = np.abs(np.diff(found.images.mean(axis=-1), axis=1, prepend=0))
        return HeatMaps(**vars(found) | {"maps": maps})

    check = randomization_check(convnet(), rng.random((2, 8, 8, 3)), method=edges)
    assert check.correlation == pytest.approx(1)
    assert not check.passed
    assert check.verdict.startswith("failed: with random weights the maps stay much the same")
    assert check.verdict.endswith("so they show the image more than what the model has learned")
    assert not check.by_architecture
    assert "failed" in repr(check)


def test_what_the_layers_alone_make_alike_is_told_apart(rng):
    """A map that is the same for every image and all weights."""

    def borders(model, images, target=None):
        found = saliency(model, images, target)
        return HeatMaps(**vars(found) | {"maps": 0 * found.maps + np.arange(8)})

    check = randomization_check(convnet(), rng.random((2, 8, 8, 3)), method=borders)
    assert check.architecture.tolist() == pytest.approx([1, 1])
    assert not check.passed
    assert check.by_architecture
    assert "so that is the architecture" in check.verdict


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "occlusion"])
def test_gradients_of_a_model_depend_on_its_weights(method):
    images = data.digits()[1].images[:8]
    model = models.mlp((8, 8, 1), (16,), 10).init(0)
    check = randomization_check(model, images, method=method)
    assert check.passed
    assert check.verdict.startswith("ok: ")


def test_maps_that_are_the_same_everywhere_have_no_verdict():
    def blank(model, images, target=None):
        found = saliency(model, images, target)
        return HeatMaps(**vars(found) | {"maps": 0 * found.maps})

    check = randomization_check(convnet(), np.zeros((8, 8, 3), np.uint8), method=blank)
    assert np.isnan(check.correlation)
    assert not check.passed
    assert check.verdict.startswith("not known")
    assert "–" in repr(check)


def test_stages_of_a_deep_net():
    model = models.mlp((8, 8, 1), (4,) * 9, 3).init(0)
    check = randomization_check(model, np.ones((8, 8, 1), np.uint8), stages=3)
    assert [len(paths) for paths in check.layers] == [3, 4, 3]
    assert check.layers[0][0] == "layers.20"


def test_weights_that_begin_with_zeros_are_drawn_from_hes(rng):
    from chainrule.initializers import zeros

    model = Sequential(Conv2d(1, 2, 3), Flatten(), Linear(8, 2, init=zeros)).init(0)
    model[2].weight.value = rng.standard_normal((8, 2), np.float32)
    check = randomization_check(model, rng.random((4, 4, 1), np.float32))
    assert np.isfinite(check.correlations).all()


def test_options_are_those_of_the_method(rng):
    check = randomization_check(
        convnet(), rng.random((8, 8, 3)), method="grad_cam", layer="layers.3", stages=1
    )
    assert check.original.method == "grad_cam"
    assert check.correlations.shape == (1, 1)


def test_what_cannot_be_checked(rng):
    images = rng.random((8, 8, 3))
    with pytest.raises(InputError, match="unknown name 'salience'; did you mean 'saliency'"):
        randomization_check(convnet(), images, method="salience")
    with pytest.raises(InputError, match="expected one that returns HeatMaps"):
        randomization_check(convnet(), images, method=lambda *_: None)
    with pytest.raises(InputError, match="layer: unknown path"):
        randomization_check(convnet(), images, method="grad_cam", layer="no")
    with pytest.raises(InputError, match="no option 'layers'; did you mean 'layer'"):
        randomization_check(convnet(), images, method="grad_cam", layers="no")
    with pytest.raises(InputError, match="expected one with weights"):
        randomization_check(Sequential(Flatten()), np.ones((2, 2, 1), np.float32))


def test_every_method_has_a_name():
    assert {"saliency", "smoothgrad", "grad_cam"} <= interpret.METHODS.keys()
