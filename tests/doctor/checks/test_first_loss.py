from __future__ import annotations

import numpy as np
import pytest

from chainrule.losses import Focal, MulticlassHinge, SoftmaxCrossEntropy
from chainrule.training import Trainer

from ..cases import TRAIN, accused, found, mlp


def test_weights_that_are_far_too_large():
    check = found("first loss", mlp(scale=10))
    assert accused(check) and check.number > 10 * np.log(10)
    assert "2.303 = -log(1/10)" in check.threshold and "too large" in check.cause


def test_weights_that_are_no_numbers():
    model = mlp()
    model.layers[4].weight.value[0, 0] = np.nan
    check = found("first loss", model)
    assert accused(check) and "parameter layers.4.weight" in check.cause


@pytest.mark.parametrize(
    "loss", [SoftmaxCrossEntropy(smoothing=0.1), Focal(), MulticlassHinge()], ids=repr
)
def test_other_losses_have_another_first_value(loss):
    assert found("first loss", mlp(scale=0.3), loss=loss).verdict == "ok"
    assert accused(found("first loss", mlp(scale=10), loss=loss))


def test_small_weights_give_the_loss_of_equal_scores():
    assert found("first loss", mlp(scale=1e-3)).number == pytest.approx(np.log(10), rel=1e-3)


def test_a_trained_model_has_no_first_loss():
    model = mlp()
    Trainer(model).fit(TRAIN, epochs=5, batch_size=32)
    check = found("first loss", model)
    assert check.verdict == "skipped" and "trained already" in check.cause
