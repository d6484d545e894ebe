from __future__ import annotations

import pytest

from chainrule import layers, models
from chainrule.cost import cost, count_parameters, flops
from chainrule.errors import InputError
from chainrule.layers import Conv2d, Layer, Linear, ReLU, Residual, Sequential

SHAPE = (12, 12, 3)
BUILT = {
    "mlp": lambda: models.mlp(SHAPE, (16, 8), 10, norm="batch", dropout=0.2),
    "convnet": lambda: models.convnet(SHAPE, 10, filters=(4, 4)),
    "vgg": lambda: models.vgg(SHAPE, 10, blocks=((4,), (8,)), hidden=(16,)),
    "resnet": lambda: models.resnet(SHAPE, 10, blocks=(1, 1), widths=(4, 8)),
}


@pytest.mark.parametrize("name", BUILT)
def test_shapes_alone_say_what_a_step_counts(name: str) -> None:
    model = BUILT[name]()
    counted = cost(model, 1, SHAPE)
    assert flops(model, SHAPE) == counted.forward
    assert count_parameters(model) == counted.parameters
    assert not model.initialized


def test_a_layer_that_is_used_twice_counts_at_each_use() -> None:
    shared = Linear(5, 5)
    assert (
        flops(Sequential(shared, ReLU(), shared), (5,))
        == cost(Sequential(shared, ReLU(), shared), 1, (5,)).forward
    )
    assert count_parameters(Sequential(shared, shared)) == 30


def test_branches_are_counted() -> None:
    model = Residual(Sequential(Conv2d(2, 2, 3, padding=1), ReLU()))
    assert flops(model, (4, 4, 2)) == cost(model, 1, (4, 4, 2)).forward


class Own(Layer):
    def forward(self, x):
        return x, None

    def backward(self, dy, cache):
        return dy


def test_a_layer_that_states_nothing_makes_it_unknown() -> None:
    assert flops(Own(), (5,)) is None
    assert flops(Sequential(Linear(5, 5), Own()), (5,)) is None
    assert flops(Sequential(Own(), Linear(5, 5)), (5,)) is None


def test_images_that_the_model_does_not_take() -> None:
    with pytest.raises(InputError, match="expected an input of shape"):
        flops(layers.Linear(5, 2), (4,))
