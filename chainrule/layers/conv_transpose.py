"""The transposed convolution: a convolution's input gradient, used as a layer."""

from __future__ import annotations

import math

from .. import kernels
from ..errors import InputError, ShapeError
from ..initializers import he_normal, zeros
from ..kernels.geometry import Padding, Pair, dilated_extent, exchange
from ..require import integer
from ..types import Array, Shape
from .base import Layer, expect
from .conv import divided
from .operations import Operations, of_products
from .shapes import expect_image, expect_shape, expect_size
from .sizes import both_sides, extent, pair
from .variables import Initializer, Parameter


class ConvTranspose2d(Layer):
    """y[n, i·s + a·d - p, j·s + b·d - p, o] += Σ_c x[n, i, j, c] w[a, b, c, o], then + bias[o]

        x (N, H, W, C) · weight (kh, kw, C/groups, O) · bias (O,) · y (N, OH, OW, O)
        OH = (H - 1) s - 2p + d (kh - 1) + output_padding + 1        OW likewise

    Every pixel of x paints the kernel into y, s pixels apart: the adjoint of the ``Conv2d`` of
    O to C channels with the same options. So the passes change places: forward is that layer's
    dL/dx, and

    dL/dx = conv(dy)        dL/dw as there, with x as the gradient and dy as the image

    Of the s sizes that a strided convolution shrinks to H, ``output_padding`` (below the stride)
    chooses one. The weight is laid out as that of Conv2d, (kh, kw, in/groups, out); PyTorch's
    (in, out/groups, kh, kw) is its transpose(2, 3, 0, 1) where groups is 1.

    InputError for an option that cannot be; ShapeError unless x is an image of ``in_channels``
    channels, in the dtype of the weights.

    Source: Zeiler et al. 2010, "Deconvolutional networks".

    >>> import numpy as np
    >>> from chainrule.initializers import ones
    >>> layer = ConvTranspose2d(1, 1, (1, 3), stride=2, init=ones).init(0)
    >>> row = np.array([1, 10], np.float32)
    >>> layer(row.reshape(1, 1, 2, 1)).ravel().tolist()
    [1.0, 1.0, 11.0, 10.0, 10.0]
    """

    bias: Parameter | None = None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        *,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        output_padding: int | Pair = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
        init: Initializer = he_normal,
    ) -> None:
        integer(1, in_channels=in_channels, out_channels=out_channels, groups=groups)
        self.in_channels, self.out_channels = int(in_channels), int(out_channels)
        self.kernel_size = extent("kernel_size", kernel_size)
        self.stride = extent("stride", stride)
        self.padding = extent("padding", padding, least=0)
        self.output_padding = extent("output_padding", output_padding, least=0)
        self.dilation = extent("dilation", dilation)
        self.groups = divided(groups, in_channels, out_channels)
        if any(o >= s for o, s in zip(pair(self.output_padding), pair(self.stride), strict=True)):
            raise InputError(
                f"output_padding: must be below the stride {stride}, received {output_padding}"
            )
        shape = (*pair(self.kernel_size), self.in_channels // self.groups, self.out_channels)
        self.weight = Parameter(shape, init)
        if bias:
            self.bias = Parameter(shape[-1:], zeros, decay=False)

    def forward(self, x: Array) -> tuple[Array, Array]:
        self._check(x)
        w = exchange(self.weight.value, self.groups)
        y = kernels.of(x).conv2d_backward_input(x, w, self._size(x.shape[1:3]), *self._geometry)
        if self.bias:
            y += self.bias.value
        return y, x

    def backward(self, dy: Array, x: Array) -> Array:
        self.backward_parameters(dy, x)
        w = exchange(self.weight.value, self.groups)
        return kernels.of(dy).conv2d(dy, w, *self._geometry)

    def backward_parameters(self, dy: Array, x: Array) -> None:
        if not self.weight.frozen:
            dw = kernels.of(dy).conv2d_backward_weight(
                x, dy, pair(self.kernel_size), *self._geometry
            )
            self.weight.accumulate(exchange(dw, self.groups))
        if self.bias and not self.bias.frozen:
            self.bias.accumulate(kernels.of(dy).column_sums(dy.reshape(-1, dy.shape[3])))

    @property
    def _geometry(self) -> tuple[Pair, Padding, Pair, int]:
        return pair(self.stride), both_sides(self.padding), pair(self.dilation), self.groups

    def _size(self, image: Pair) -> Pair:
        options = (self.stride, self.padding, self.kernel_size, self.dilation, self.output_padding)
        rows, columns = (
            (size - 1) * s - 2 * p + dilated_extent(k, d) + extra
            for size, s, p, k, d, extra in zip(image, *map(pair, options), strict=True)
        )
        return rows, columns

    def _check(self, x: Array) -> None:
        c = self.in_channels
        expect(x, self.weight.value, f"(N, H, W, {c})", x.ndim == 4 and x.shape[3] == c)
        size = self._size(x.shape[1:3])
        if min(x.shape[1:3]) < 1 or min(size) < 1:
            raise ShapeError(
                f"a kernel of size {self.kernel_size} with stride {self.stride} and padding "
                f"{self.padding} would make images of {size} pixels from {x.shape}"
            )

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        taps = math.prod(pair(self.kernel_size)) * self.out_channels // self.groups
        return of_products(math.prod(inputs[0]) * taps, math.prod(output) if self.bias else 0)

    def output_shape(self, x: Shape) -> Shape:
        h, w, _ = expect_image(x, self.in_channels)
        size, padding = self._size((h, w)), pair(self.padding)
        expect_shape(min(size) > 0, f"(N, H, W, C) larger than padding {self.padding}", x)
        expect_size((size[0] + 2 * padding[0], size[1] + 2 * padding[1], self.out_channels))
        return (*size, self.out_channels)
