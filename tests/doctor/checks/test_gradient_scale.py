from __future__ import annotations

import numpy as np

from ..cases import accused, found, mlp


def test_gradients_vanish_in_a_deep_sigmoid_net():
    check = found("gradient scale", mlp(*[32] * 14, activation="sigmoid"))
    assert accused(check) and check.number < 1e-7
    assert "vanish" in check.cause and "layers.2 (Linear)" in check.cause


def test_gradients_explode_with_large_weights():
    check = found("gradient scale", mlp(*[32] * 8, scale=8))
    assert accused(check) and check.number > 1e3 and "explode" in check.cause


def test_gradients_that_are_no_numbers():
    model = mlp()
    model.layers[2].weight.value[0, 0] = np.nan
    assert accused(found("gradient scale", model))


def test_first_weights_that_fit():
    assert found("gradient scale", mlp(*[32] * 8)).verdict == "ok"
