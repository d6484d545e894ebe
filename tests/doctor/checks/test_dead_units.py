from __future__ import annotations

from chainrule.layers import Layer

from ..cases import accused, found, mlp


def biased(model: Layer, bias: float, units: int) -> Layer:
    model.layers[2].bias.value[:units] = bias
    return model


def test_relus_pushed_below_zero_by_their_biases():
    check = found("dead units", biased(mlp(), -10, 32))
    assert accused(check) and check.number == 1 and "layers.3 (ReLU)" in check.shown
    assert "biases" in check.cause


def test_some_dead_ones_are_a_warning():
    check = found("dead units", biased(mlp(), -10, 12))
    assert check.verdict == "warning" and 12 / 32 <= check.number < 0.5


def test_after_a_training_the_rate_is_to_blame():
    check = found("dead units", mlp(), trained=biased(mlp(), -10, 32))
    assert accused(check) and "learning rate" in check.cause


def test_a_model_without_relu_has_none():
    assert found("dead units", mlp(activation="tanh")).verdict == "skipped"
    assert found("dead units", mlp()).verdict == "ok"
