"""Piecewise linear activations: functions of one element, of any shape."""

from __future__ import annotations

from .. import kernels
from ..errors import ShapeError
from ..require import not_negative
from ..types import Array
from .base import Layer, expect_native
from .example import Example
from .operations import Operations
from .shapes import same_shape


class ReLU(Layer):
    """y = max(x, 0)        dL/dx = dy where y > 0, else 0        any shape

    The output is kept rather than the input: the next layer keeps the same array, so it costs
    no memory of its own.

    ShapeError unless x holds floating-point numbers, as in every activation.

    Source: Nair and Hinton 2010, "Rectified linear units improve restricted Boltzmann machines".

    >>> import numpy as np
    >>> y, cache = ReLU().forward(np.array([-2.0, 0.0, 3.0]))
    >>> y.tolist(), ReLU().backward(np.array([5.0, 5.0, 5.0]), cache).tolist()
    ([0.0, 0.0, 3.0], [0.0, 0.0, 5.0])
    """

    config_name = "relu"

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        y = kernels.of(x).relu(x)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).relu_backward(dy, y)

    operations_per_element = Operations(1, 1)
    output_shape = same_shape


class ReLU6(Layer):
    """y = min(max(x, 0), 6)        dL/dx = dy where 0 < y < 6, else 0        any shape

    ShapeError unless x holds floating-point numbers.

    Source: Krizhevsky 2010, "Convolutional deep belief networks on CIFAR-10".

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> x = np.array([-2.0, 3.0, 9.0])
    >>> ReLU6()(x).tolist(), derivative(ReLU6(), x).tolist()
    ([0.0, 3.0, 6.0], [0.0, 1.0, 0.0])
    """

    config_name = "relu6"

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        y = kernels.of(x).relu6(x)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).relu6_backward(dy, y)

    example = Example(span=9.0)  # beyond both bends
    operations_per_element = Operations(2, 2)
    output_shape = same_shape


class LeakyReLU(Layer):
    """y = x where x > 0, else a x        dL/dx = dy where y > 0, else a dy        any shape

    a is ``negative_slope``, 0 or more, so that the output has the input's sign and can be kept
    in its place. At x = 0 the derivative is a.

    InputError for a slope below 0; ShapeError unless x holds floating-point numbers.

    Source: Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic models".

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> layer, x = LeakyReLU(0.5), np.array([-2.0, 3.0])
    >>> layer(x).tolist(), derivative(layer, x).tolist()
    ([-1.0, 3.0], [0.5, 1.0])
    """

    config_name = "leaky_relu"

    def __init__(self, negative_slope: float = 0.01) -> None:
        not_negative(negative_slope=negative_slope)
        self.negative_slope = negative_slope

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        y = kernels.of(x).leaky_relu(x, self.negative_slope)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).leaky_relu_backward(dy, y, self.negative_slope)

    operations_per_element = Operations(2, 2)
    output_shape = same_shape


class HardSwish(Layer):
    """y = x min(max(x + 3, 0), 6) / 6        any shape

    dL/dx = 0 where x ≤ -3, dy where x ≥ 3, and dy (x / 3 + 1/2) between

    SiLU with straight lines for the sigmoid. Source: Howard et al. 2019, "Searching for
    MobileNetV3".

    ShapeError unless x holds floating-point numbers.

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> x = np.array([0.0, 1.5, 4.0])
    >>> HardSwish()(x).tolist(), derivative(HardSwish(), x).tolist()
    ([0.0, 1.125, 4.0], [0.5, 1.0, 1.0])
    """

    config_name = "hard_swish"

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        return kernels.of(x).hard_swish(x), x

    def backward(self, dy: Array, x: Array) -> Array:
        return kernels.of(dy).hard_swish_backward(dy, x)

    example = Example(span=4.5)
    operations_per_element = Operations(5, 5)
    output_shape = same_shape


def expect_floating(x: Array) -> None:
    """Raise ShapeError unless ``x`` holds floating-point numbers: an activation has no weights
    whose dtype could tell."""
    if x.dtype.kind != "f":
        raise ShapeError(
            f"expected floating-point input, received {x.dtype} of shape {x.shape}; "
            "start a model with Normalize() to feed it uint8 images"
        )
    expect_native(x)
