from __future__ import annotations

import pytest

from ..cases import accused, found, mlp


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_large_inputs_saturate(activation):
    model = mlp(activation=activation)
    model.layers[2].weight.value *= 50
    check = found("saturation", model)
    assert accused(check) and check.number > 0.8 and "layers.3" in check.shown


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_first_weights_that_fit_do_not(activation):
    assert found("saturation", mlp(activation=activation)).verdict == "ok"


def test_relus_cannot_saturate():
    assert found("saturation", mlp()).verdict == "skipped"
