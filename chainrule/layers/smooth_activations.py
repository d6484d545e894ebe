"""Smooth activations: functions of one element, of any shape.

Where the derivative is a function of the output, the output is kept, which the next layer keeps
too; the others keep their input.
"""

from __future__ import annotations

from .. import kernels
from ..require import not_negative, one_of, positive
from ..types import Array
from .activations import expect_floating
from .base import Layer
from .operations import Operations
from .shapes import same_shape


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x))        dL/dx = dy y (1 - y)        any shape

    Its slope is 1/4 at most, so a deep stack of them passes little gradient on. ShapeError unless x
    holds floating-point numbers.

    Source: Rumelhart, Hinton and Williams 1986, "Learning representations by back-propagating
    errors".

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> x = np.array([-4.0, 0.0, 4.0])
    >>> Sigmoid()(x).round(3).tolist(), derivative(Sigmoid(), x).round(3).tolist()
    ([0.018, 0.5, 0.982], [0.018, 0.25, 0.018])
    """

    config_name = "sigmoid"

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        y = kernels.of(x).sigmoid(x)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).sigmoid_backward(dy, y)

    operations_per_element = Operations(4, 3)
    output_shape = same_shape


class Tanh(Layer):
    """y = tanh(x)        dL/dx = dy (1 - y²)        any shape

    ShapeError unless x holds floating-point numbers.

    Source: LeCun et al. 1998, "Efficient backprop", which prefers it to the sigmoid.

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> x = np.array([-2.0, 0.0, 2.0])
    >>> Tanh()(x).round(3).tolist(), derivative(Tanh(), x).round(3).tolist()
    ([-0.964, 0.0, 0.964], [0.071, 1.0, 0.071])
    """

    config_name = "tanh"

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        y = kernels.of(x).tanh(x)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).tanh_backward(dy, y)

    operations_per_element = Operations(1, 3)
    output_shape = same_shape


class ELU(Layer):
    """y = x where x > 0, else α (exp(x) - 1)        any shape

    dL/dx = dy where y > 0, else dy (y + α). At x = 0 the derivative is α, which for the usual
    ``alpha`` 1 is that of both sides.

    InputError for an ``alpha`` below 0; ShapeError unless x holds floating-point numbers.

    Source: Clevert et al. 2016, "Fast and accurate deep network learning by exponential linear
    units".

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> x = np.array([-1.0, 2.0])
    >>> ELU()(x).round(3).tolist(), derivative(ELU(), x).round(3).tolist()
    ([-0.632, 2.0], [0.368, 1.0])
    """

    config_name = "elu"

    def __init__(self, alpha: float = 1.0) -> None:
        not_negative(alpha=alpha)
        self.alpha = alpha

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        y = kernels.of(x).elu(x, self.alpha, 1.0)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).elu_backward(dy, y, self.alpha, 1.0)

    operations_per_element = Operations(4, 3)
    output_shape = same_shape


class SELU(Layer):
    """y = λ x where x > 0, else λ α (exp(x) - 1),   λ = 1.0507, α = 1.6733        any shape

    dL/dx = λ dy where y > 0, else dy (y + λ α). The two numbers make mean 0 and variance 1 a
    fixed point of a deep net with weights of variance 1 / fan_in.

    ShapeError unless x holds floating-point numbers.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks".

    >>> import numpy as np
    >>> x = np.random.default_rng(0).standard_normal(100_000)
    >>> [round(float(v), 1) + 0.0 for v in (SELU()(x).mean(), SELU()(x).var())]
    [0.0, 1.0]
    """

    config_name = "selu"

    ALPHA = 1.6732632423543772848170429916717
    SCALE = 1.0507009873554804934193349852946

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        y = kernels.of(x).elu(x, self.ALPHA, self.SCALE)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).elu_backward(dy, y, self.ALPHA, self.SCALE)

    operations_per_element = Operations(5, 4)
    output_shape = same_shape


class Softplus(Layer):
    """y = log(1 + exp(βx)) / β        dL/dx = dy σ(βx) = dy (1 - exp(-βy))        any shape

    A smooth ReLU; ``beta`` sets how sharp its bend is. Exact for every x, however large (PyTorch
    cuts to y = x at βx = 20).

    InputError for a ``beta`` of 0 or less; ShapeError unless x holds floating-point numbers.

    Source: Dugas et al. 2001, "Incorporating second-order functional knowledge for better
    option pricing".

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> x = np.array([-5.0, 0.0, 5.0])
    >>> Softplus()(x).round(3).tolist(), derivative(Softplus(), x).round(3).tolist()
    ([0.007, 0.693, 5.007], [0.007, 0.5, 0.993])
    """

    config_name = "softplus"

    def __init__(self, beta: float = 1.0) -> None:
        positive(beta=beta)
        self.beta = beta

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        y = kernels.of(x).softplus(x, self.beta)
        return y, y

    def backward(self, dy: Array, y: Array) -> Array:
        return kernels.of(dy).softplus_backward(dy, y, self.beta)

    operations_per_element = Operations(5, 5)
    output_shape = same_shape


class SiLU(Layer):
    """y = x σ(x)        dL/dx = dy σ (1 + x (1 - σ)),   σ = 1 / (1 + exp(-x))        any shape

    Also called Swish. Source: Elfwing et al. 2018, "Sigmoid-weighted linear units for neural
    network function approximation in reinforcement learning".

    ShapeError unless x holds floating-point numbers.

    >>> import numpy as np
    >>> from chainrule.layers import derivative
    >>> x = np.array([-1.0, 0.0, 1.0])
    >>> SiLU()(x).round(3).tolist(), derivative(SiLU(), x).round(3).tolist()
    ([-0.269, 0.0, 0.731], [0.072, 0.5, 0.928])
    """

    config_name = "silu"

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        return kernels.of(x).silu(x), x

    def backward(self, dy: Array, x: Array) -> Array:
        return kernels.of(dy).silu_backward(dy, x)

    operations_per_element = Operations(5, 9)
    output_shape = same_shape


class GELU(Layer):
    """y = x Φ(x)        dL/dx = dy (Φ(x) + x φ(x))        any shape

    Φ(x) = ½ (1 + erf(x/√2)) is the normal distribution, φ(x) = exp(-x²/2) / √(2π) its density.
    With ``approximate="tanh"``, within 5e-4 of it:

        y = ½ x (1 + tanh u),  u = √(2/π) (x + 0.044715 x³)

    InputError for another ``approximate``; ShapeError unless x holds floating-point numbers.

    Source: Hendrycks and Gimpel 2016, "Gaussian error linear units".

    >>> import numpy as np
    >>> x = np.array([-1.0, 0.0, 1.0])
    >>> GELU()(x).round(4).tolist(), GELU("tanh")(x).round(4).tolist()
    ([-0.1587, 0.0, 0.8413], [-0.1588, 0.0, 0.8412])
    """

    config_name = "gelu"

    def __init__(self, approximate: str = "none") -> None:
        one_of("none", "tanh", approximate=approximate)
        self.approximate = approximate

    def forward(self, x: Array) -> tuple[Array, Array]:
        expect_floating(x)
        kernel = kernels.of(x)
        return (kernel.gelu(x) if self.approximate == "none" else kernel.gelu_tanh(x)), x

    def backward(self, dy: Array, x: Array) -> Array:
        kernel = kernels.of(dy)
        if self.approximate == "none":
            return kernel.gelu_backward(dy, x)
        return kernel.gelu_tanh_backward(dy, x)

    operations_per_element = Operations(5, 12)
    output_shape = same_shape
