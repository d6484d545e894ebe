from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from chainrule.bench.frameworks.torch_twin import twin
from chainrule.errors import InputError
from chainrule.layers import (
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
    Tanh,
    named_parameters,
)


def test_logits_agree_through_a_flatten_and_a_strided_residual(rng):
    body = Sequential(Conv2d(4, 6, 3, stride=2, padding=1), ReLU())
    model = Sequential(
        Conv2d(3, 4, (3, 2), padding=1),
        MaxPool2d(2),
        Residual(body, Conv2d(4, 6, 1, stride=2, bias=False)),
        Flatten(),
        Linear(6 * 2 * 3, 5),
        Linear(5, 2),
    ).init(0)
    x = rng.standard_normal((3, 8, 9, 3)).astype(np.float32)
    module, pairs = twin(model, (8, 9, 3))
    with torch.no_grad():
        theirs = module(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(model(x), theirs, rtol=1e-5, atol=1e-5)
    assert list(pairs) == [path for path, _ in named_parameters(model)]


def test_layouts_there_and_back():
    model = Sequential(Conv2d(2, 3, 3, padding=1), Flatten(), Linear(3 * 4 * 5, 7)).init(0)
    _, pairs = twin(model, (4, 5, 2))
    for path, parameter in named_parameters(model):
        np.testing.assert_array_equal(pairs[path].ours(pairs[path].twin), parameter.value)


def test_a_layer_without_a_twin_is_named():
    with pytest.raises(InputError, match="twin of Tanh"):
        twin(Sequential(Tanh()), (3,))
