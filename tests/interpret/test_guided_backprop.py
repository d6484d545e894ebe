from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.interpret import guided_backprop, saliency
from chainrule.layers import GELU, Flatten, Linear, ReLU, ReLU6, Sequential

from .nets import convnet, linear


def two_layers(rectifier):
    """Hidden units h = max(V x, 0), logit z₀ = u · h, z₁ = 0."""
    model = Sequential(Flatten(), Linear(2, 3), rectifier, Linear(3, 2)).init(0).astype(np.float64)
    model[1].weight.value = np.array([[1.0, -1.0, 2.0], [1.0, 1.0, 1.0]])
    model[3].weight.value = np.array([[3.0, 0.0], [5.0, 0.0], [-7.0, 0.0]])
    return model


@pytest.mark.parametrize("rectifier", [ReLU(), ReLU6()], ids=repr)
def test_both_masks_by_hand(rectifier):
    """x = (2, 1): the units see 3, -1 and 5. Gradients of the logit with respect to them are 3, 5
    and -7: the second was off forward, the third is negative on the way back."""
    model, image = two_layers(rectifier), np.array([2.0, 1.0]).reshape(1, 1, 2, 1)
    guided, plain = guided_backprop(model, image, 0), saliency(model, image, 0)
    assert plain.values.ravel().tolist() == [3 * 1 - 7 * 2, 3 * 1 - 7 * 1]
    assert guided.values.ravel().tolist() == [3, 3]
    assert guided.maps.shape == (1, 1, 2)


def test_through_a_residual_block_and_a_norm(rng):
    """Against the rule written out: every ReLU's dy is cut at 0."""
    from chainrule.interpret.inference import Inference

    model, image = convnet(), rng.random((1, 8, 8, 3)).astype(np.float32)
    copy = Inference(model).model
    caches, x = [], image
    for layer in copy:
        x, cache = layer.forward(x)
        caches.append(cache)
    dy = np.zeros_like(x)
    dy[0, 1] = 1
    for layer, cache in zip(reversed(list(copy)), reversed(caches), strict=True):
        dy = layer.backward(np.maximum(dy, 0) if isinstance(layer, ReLU) else dy, cache)
    found = guided_backprop(model, image, 1)
    np.testing.assert_allclose(found.values, dy, rtol=1e-5, atol=1e-7)


def test_a_model_without_relu_is_refused():
    gelu = Sequential(Flatten(), Linear(4, 2), GELU()).init(0)
    for model in (linear(np.eye(4)), gelu):
        image = np.zeros((1, 2, 2, 1), np.float64 if model is not gelu else np.float32)
        with pytest.raises(InputError, match=r"expected one with ReLU.*use saliency"):
            guided_backprop(model, image)
