from __future__ import annotations

from chainrule.layers import Flatten, Linear, Normalize, Sequential

from ..cases import accused, found, mlp


def test_weights_so_small_that_the_signal_vanishes():
    check = found("activation scale", mlp(scale=1e-3))
    assert accused(check) and check.number < 1e-6 and "vanishes" in check.cause


def test_a_deep_sigmoid_net_lets_no_image_through():
    check = found("activation scale", mlp(*[32] * 8, activation="sigmoid"))
    assert accused(check) and "layers.18 (Linear)" in check.shown and "ReLU" in check.fix


def test_a_deep_linear_net_explodes():
    inside = [Linear(64, 64) for _ in range(8)]
    model = Sequential(Normalize(), Flatten(), *inside, Linear(64, 10)).init(0)
    for layer in inside:
        layer.weight.value = layer.weight.value * 5
    check = found("activation scale", model)
    assert accused(check) and check.number > 1e4 and "explodes" in check.cause


def test_first_weights_that_fit_keep_the_scale():
    assert found("activation scale", mlp(*[32] * 8)).verdict == "ok"
