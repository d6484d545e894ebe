from __future__ import annotations

import numpy as np
import pytest

from chainrule.bench.nets import NETS, find, plain
from chainrule.errors import InputError
from chainrule.layers import BatchNorm, Conv2d, Dropout, Linear, Normalize, named_parameters
from chainrule.layers.base import walk

PARAMETERS = {
    "mlp": 243_658,
    "conv": 79_818,
    "vgg": 3_250_122,
    "resnet18": 11_173_962,
    "mobilenet_v2": 2_236_682,
}


@pytest.mark.parametrize("name", NETS)
def test_a_net_has_the_parameters_of_its_title_and_takes_its_batch(name):
    net = NETS[name]
    model = net.model()
    assert sum(p.value.size for _, p in named_parameters(model)) == PARAMETERS[name]
    x, labels = net.batch(2)
    assert x.dtype == np.float32
    assert model(x).shape == (2, 10)
    assert labels.max() < 10
    assert not any(isinstance(layer, Normalize) for layer in walk(model))


def test_model_and_batch_are_the_same_every_time():
    net = NETS["mlp"]
    for (_, one), (_, two) in zip(
        named_parameters(net.model()), named_parameters(net.model()), strict=True
    ):
        np.testing.assert_array_equal(one.value, two.value)
    np.testing.assert_array_equal(net.batch(4)[0], net.batch(4)[0])


def test_kinds_of_layers():
    kinds = {name: [type(layer) for layer in walk(net.model())] for name, net in NETS.items()}
    assert kinds["mlp"].count(Linear) == 4
    assert kinds["mlp"].count(Dropout) == kinds["mlp"].count(BatchNorm) == 3
    assert kinds["conv"].count(Conv2d) == 2
    assert kinds["vgg"].count(Conv2d) == 6
    assert kinds["resnet18"].count(Conv2d) == 20


def test_comparable_has_no_dropout_and_another_dtype():
    net = NETS["vgg"].with_shape(8, 8, 3).comparable("float64")
    model = net.model()
    assert not any(isinstance(layer, Dropout) for layer in walk(model))
    assert model(net.batch(2)[0]).dtype == np.float64


def test_plain_is_as_deep_as_asked():
    model = plain((8, 8, 3), 10, True, depth=3)
    assert sum(isinstance(layer, Conv2d) for layer in walk(model)) == 3


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(InputError, match="no net named 'vgh'; did you mean 'vgg'"):
        find("vgh")
