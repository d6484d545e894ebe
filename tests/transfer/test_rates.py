"""Smaller rates for the layers near the images."""

import pytest

import chainrule as cr
from chainrule import InputError, models, optim, transfer
from chainrule.layers import BatchNorm, named_parameters


def test_each_block_has_the_share_of_the_next():
    model = models.resnet((8, 8, 3), 4, blocks=(1, 1), widths=(4, 8)).init(0)
    assert transfer.rates(model, 0.5) == {
        "layers.1.*": {"lr_scale": 0.125},
        "layers.2.*": {"lr_scale": 0.125},
        "layers.4.*": {"lr_scale": 0.25},
        "layers.6.*": {"lr_scale": 0.5},
    }
    options = optim.Adam(1e-3, groups=transfer.rates(model, 0.5)).bind(named_parameters(model))
    assert options["layers.6.body.layers.0.weight"].lr_scale == 0.5
    assert options["layers.9.weight"].lr_scale == 1


def test_one_is_one_rate():
    assert transfer.rates(models.mlp(4, (3,), 2), 1.0) == {}


def test_timm_has_the_same_scales():
    """timm: layer_decay ** (last - i) for group i, the head being the last."""
    model = models.mlp(4, (5, 5, 5), 2)
    scales = [each["lr_scale"] for each in transfer.rates(model, 0.75).values()]
    assert scales == pytest.approx([0.75**3, 0.75**2, 0.75])


@pytest.mark.parametrize("decay", [0, -0.5, 1.5, float("nan"), "half"])
def test_decays_that_are_none(decay):
    with pytest.raises(InputError, match="layer_decay"):
        transfer.rates(models.mlp(4, (3,), 2), decay)


def test_a_model_without_a_head():
    with pytest.raises(InputError, match="is its head"):
        cr.transfer.rates(BatchNorm(3))
