from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError, ShapeError
from chainrule.initializers import ones
from chainrule.layers import (
    BatchNorm,
    Conv2d,
    Layer,
    Linear,
    Parameter,
    ReLU,
    Sequential,
    named_arrays,
    named_parameters,
)
from chainrule.layers.base import (
    expect,
    expect_samples,
    named_children,
    named_layers,
    nodes,
    walk,
)
from chainrule.layers.operations import Operations


class Branches(Layer):
    """Layers in a dict, in a tuple, and behind a name with an underscore."""

    def __init__(self) -> None:
        self.arms = {"left": Linear(2, 2), "right": Linear(2, 2)}
        self.rest = (Linear(2, 1),)
        self._hidden = Linear(9, 9)

    def forward(self, x):
        return x, None

    def backward(self, dy, cache):
        return dy


def test_arrays_are_found_in_lists_dicts_and_tuples():
    assert [path for path, _ in named_parameters(Branches())] == [
        "arms.left.weight",
        "arms.left.bias",
        "arms.right.weight",
        "arms.right.bias",
        "rest.0.weight",
        "rest.0.bias",
    ]
    assert [type(layer).__name__ for layer in walk(Branches())] == [
        "Branches",
        "Linear",
        "Linear",
        "Linear",
    ]


class Nested(Layer):
    """Layers in lists of dicts, one of them twice, and one whose weight is another's."""

    def __init__(self) -> None:
        shared, tied = Linear(2, 2), Linear(2, 2)
        tied.weight = shared.weight
        self.stages = [{"a": shared}, {"b": (Sequential(shared, tied), shared)}]
        self.scale = Parameter((2,), lambda rng, shape: np.ones(shape))

    def forward(self, x):
        return x, None

    def backward(self, dy, cache):
        return dy


def test_one_walk_names_layers_and_arrays_outermost_first_and_what_is_shared_once():
    model = Nested()
    assert [path for path, _ in nodes(model)] == [
        "",
        "stages.0.a",
        "stages.0.a.weight",
        "stages.0.a.bias",
        "stages.1.b.0",
        "stages.1.b.0.layers.1",
        "stages.1.b.0.layers.1.bias",
        "scale",
    ]


def test_layers_children_and_arrays_are_parts_of_that_walk():
    model = Nested()
    found = dict(nodes(model))
    layers, arrays = dict(named_layers(model)), dict(named_arrays(model))
    assert found == layers | arrays and not layers.keys() & arrays.keys()
    assert list(walk(model)) == list(layers.values())
    children = named_children(model)
    assert [path for path, _ in children] == ["stages.0.a", "stages.1.b.0"]
    assert all(found[path] is layer for path, layer in children)


def test_each_array_has_its_own_stream_named_by_its_path():
    model = Sequential(Linear(3, 3), Linear(3, 3)).init(0)
    one, two = (layer.weight.value for layer in model.layers)
    assert not np.allclose(one, two)
    longer = Sequential(Linear(3, 3), Linear(3, 3), Linear(3, 3)).init(0)
    np.testing.assert_array_equal(longer.layers[1].weight.value, two)


def test_without_a_seed_it_is_0():
    np.testing.assert_array_equal(
        Linear(3, 3).init().weight.value, Linear(3, 3).init(0).weight.value
    )


def test_init_says_that_it_is_done():
    model = Sequential(Linear(2, 2), BatchNorm(2))
    assert not model.initialized
    assert model.init() is model
    assert model.initialized
    assert Sequential().initialized  # there is nothing to draw


def test_an_uninitialized_layer_says_so():
    with pytest.raises(InputError, match=r"call model\.init\(seed\) first"):
        Linear(2, 2)(np.zeros((1, 2), np.float32))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("bias"), "the state lacks the array 'bias' of shape"),
        (lambda s: s.update(wieght=s.pop("weight")), "did you mean 'weight'"),
        (
            lambda s: s.update(weight=np.zeros((2, 4), np.int64)),
            "weight: expected float32, received int64",
        ),
        (
            lambda s: s.update(bias=np.zeros(3)),
            r"bias: the model has shape \(4,\), the state \(3,\)",
        ),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    layer = Linear(2, 4).init(0)
    before = {path: array.copy() for path, array in layer.state().items()}
    state = dict(Linear(2, 4).init(1).state())
    change(state)
    with pytest.raises(InputError, match=message):
        layer.load_state(state)
    for path, array in layer.state().items():
        np.testing.assert_array_equal(array, before[path])


def test_a_state_is_copied_in_the_dtype_of_the_layer_and_in_row_major_order():
    layer, array = Linear(2, 4), np.asfortranarray(np.arange(8.0).reshape(2, 4))
    layer.load_state({"weight": array, "bias": np.full(4, 1e300)})
    assert layer.initialized
    assert layer.weight.value.dtype == np.float32
    assert layer.weight.value.flags.c_contiguous
    assert np.isinf(layer.bias.value).all()
    array[:] = -1
    np.testing.assert_array_equal(layer.weight.value, np.arange(8.0).reshape(2, 4))
    layer.astype(np.float64).load_state({"weight": array, "bias": np.full(4, 1e300)})
    assert layer.bias.value.dtype == np.float64


def test_gradients_are_cleared():
    layer = Linear(2, 2).init()
    layer.backward(np.ones((1, 2), np.float32), np.ones((1, 2), np.float32))
    assert layer.weight.grad is not None
    layer.clear_grads()
    assert layer.weight.grad is layer.bias.grad is None


def test_where_nobody_needs_dx_a_layer_learns_all_the_same():
    """A layer of one's own that states nothing else is run backward as a whole."""

    class Own(Layer):
        def __init__(self):
            self.asked = []

        def forward(self, x):
            return 2 * x, x

        def backward(self, dy, cache):
            self.asked.append((dy, cache))
            return 2 * dy

    layer = Own()
    assert layer(np.array([3.0])).tolist() == [6.0]
    dy = np.array([5.0])
    assert layer.backward_parameters(dy, 7) is None
    assert layer.asked == [(dy, 7)]
    assert not layer.uses_batch_statistics
    assert layer.operations(((2, 3),), (2, 3)) is None
    assert layer.output_shape((3,)) is None


def test_accumulate_leaves_its_argument_and_the_earlier_gradient_alone():
    parameter = Parameter((2,), lambda rng, shape: np.zeros(shape))
    first, second = np.array([1.0, 2.0]), np.array([10.0, 20.0])
    parameter.accumulate(first)
    parameter.accumulate(second)
    np.testing.assert_array_equal(parameter.grad, [11, 22])
    np.testing.assert_array_equal(first, [1, 2])
    np.testing.assert_array_equal(second, [10, 20])


def test_astype_leaves_counters_alone():
    layer = Sequential(BatchNorm(2)).init(0).astype(np.float64)
    assert {array.dtype for _, node in named_arrays(layer) for array in [node.value]} == {
        np.dtype(np.float64)
    }


def test_repr_shows_what_differs_from_the_defaults():
    assert repr(Linear(3, 4)) == "Linear(3, 4)"
    assert repr(BatchNorm(5, eps=0.1)) == "BatchNorm(5, eps=0.1)"


def test_repr_follows_attributes_but_neither_arrays_nor_methods():
    layer = BatchNorm(5)
    layer.eps = 0.5
    assert repr(layer) == "BatchNorm(5, eps=0.5)"
    assert repr(Linear(3, 4, init=ones)) == "Linear(3, 4, init=ones)"
    assert repr(Conv2d(3, 4, 1)) == "Conv2d(3, 4, 1)"  # `bias` is a parameter now
    assert repr(Conv2d(3, 4, 1, bias=False)) == "Conv2d(3, 4, 1, bias=False)"


def test_what_is_known_of_one_element_holds_for_each_of_the_input():
    assert ReLU().operations(((2, 3),), (2, 3)) == Operations(6, 6)


def test_an_input_must_fit_in_shape_and_dtype():
    x = np.zeros((2, 3), np.float32)
    expect(x, np.zeros(1, np.float32), "(N, 3)", fits=True)
    with pytest.raises(ShapeError, match=r"expected an input of shape \(N, 4\), received"):
        expect(x, x, "(N, 4)", fits=False)
    with pytest.raises(ShapeError, match="expected float64 input, received float32; start"):
        expect(x, np.zeros(1), "(N, 3)", fits=True)


def test_a_mean_needs_a_sample():
    expect_samples(np.zeros((1, 1)))
    with pytest.raises(ShapeError, match=r"received an empty input of shape \(0, 4\)"):
        expect_samples(np.zeros((0, 4)))


def test_an_array_in_another_byte_order_is_refused():
    x = np.zeros((1, 3), np.dtype(np.float32).newbyteorder())
    for layer in (Linear(3, 4).init(), ReLU()):
        with pytest.raises(ShapeError, match="expected numbers in native byte order"):
            layer.forward(x)
