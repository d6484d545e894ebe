"""The convolution layer; ``kernels/reference/conv.py`` has the derivation."""

from __future__ import annotations

import math
from typing import Literal

from .. import kernels
from ..errors import InputError, ShapeError
from ..initializers import he_normal, zeros
from ..kernels.geometry import Padding, Pair, dilated_extent, output_sizes
from ..require import integer
from ..types import Array, Shape
from .base import Layer, expect
from .example import Example
from .operations import Operations, of_products
from .shapes import expect_image, expect_shape, expect_size
from .sizes import both_sides, expect_windows, extent, pair
from .variables import Initializer, Parameter

NONE: Padding = ((0, 0), (0, 0))


class Conv2d(Layer):
    """y[n, i, j, o] = Σ_{a, b, c} x[n, i·s + a·d - p, j·s + b·d - p, c] w[a, b, c, o] + bias[o]

        x (N, H, W, C) · weight (kh, kw, C/groups, O) · bias (O,) · y (N, OH, OW, O)
        OH = ⌊(H + 2p - d (kh - 1) - 1) / s⌋ + 1        OW likewise

    with stride s, padding p and dilation d: whole numbers, or pairs (rows, columns).

    dL/dw[a, b, c, o] = Σ_{n, i, j} x[n, i·s + a·d - p, j·s + b·d - p, c] dy[n, i, j, o]
    dL/dbias[o] = Σ_{n, i, j} dy[n, i, j, o]
    dL/dx: every output that saw a pixel sends its gradient back by the weight it was seen with.
    That is again a convolution, of dy with its pixels s apart, with the kernel rotated by 180°
    and its inputs and outputs exchanged.

    padding "valid" is none; "same" makes OH = ⌈H / s⌉, as TensorFlow does: of an odd number of
    rows or columns to add, the odd one goes to the bottom or right. At a stride above 1 how many
    that are depends on H and W. ``padding_mode`` "zeros" or "reflect": the padding mirrors the
    pixels inside, and its gradient folds back onto them.

    ``groups`` cuts channels and outputs into so many slices that do not see each other;
    groups=in_channels is the depthwise convolution.

    InputError for an option that cannot be; ShapeError unless x is an image of ``in_channels``
    channels, in the dtype of the weights, that the kernel fits into.

    Source: LeCun et al. 1989, "Backpropagation applied to handwritten zip code recognition".

    The difference of a pixel and its left neighbor finds an edge:

    >>> import numpy as np
    >>> edge = np.array([-1.0, 1.0]).reshape(1, 2, 1, 1)
    >>> layer = Conv2d(1, 1, (1, 2), bias=False, init=lambda rng, shape: edge).init(0)
    >>> row = np.array([0, 0, 9, 9], np.float32)
    >>> layer(row.reshape(1, 1, 4, 1)).ravel().tolist()
    [0.0, 9.0, 0.0]
    """

    bias: Parameter | None = None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        *,
        stride: int | Pair = 1,
        padding: int | Pair | Literal["same", "valid"] = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "reflect"] = "zeros",
        init: Initializer = he_normal,
    ) -> None:
        integer(1, in_channels=in_channels, out_channels=out_channels, groups=groups)
        self.in_channels, self.out_channels = int(in_channels), int(out_channels)
        self.kernel_size = extent("kernel_size", kernel_size)
        self.stride = extent("stride", stride)
        self.padding = padding if isinstance(padding, str) else extent("padding", padding, least=0)
        self.dilation = extent("dilation", dilation)
        self.groups = divided(groups, in_channels, out_channels)
        self.padding_mode = padding_mode
        shape = (*pair(self.kernel_size), self.in_channels // self.groups, self.out_channels)
        self.weight = Parameter(shape, init)
        if bias:
            self.bias = Parameter(shape[-1:], zeros, decay=False)

    def forward(self, x: Array) -> tuple[Array, Array]:
        self._check(x)
        geometry = self._geometry(x.shape[1:3])
        y = kernels.of(x).conv2d(self._reflected(x), self.weight.value, *geometry)
        if self.bias:
            y += self.bias.value
        return y, x

    def backward(self, dy: Array, x: Array) -> Array:
        self.backward_parameters(dy, x)
        h, w = x.shape[1:3]
        mirror = self.padding_of((h, w)) if self.padding_mode == "reflect" else NONE
        size = (h + sum(mirror[0]), w + sum(mirror[1]))
        dx = kernels.of(dy).conv2d_backward_input(
            dy, self.weight.value, size, *self._geometry((h, w))
        )
        return kernels.of(dy).reflect_pad_backward(dx, mirror) if mirror != NONE else dx

    def backward_parameters(self, dy: Array, x: Array) -> None:
        if not self.weight.frozen:
            dw = kernels.of(dy).conv2d_backward_weight(
                dy, self._reflected(x), pair(self.kernel_size), *self._geometry(x.shape[1:3])
            )
            self.weight.accumulate(dw)
        if self.bias and not self.bias.frozen:
            self.bias.accumulate(kernels.of(dy).column_sums(dy.reshape(-1, dy.shape[3])))

    def padding_of(self, size: Pair) -> Padding:
        """((top, bottom), (left, right)) of an image of this size (H, W)."""
        if self.padding == "valid":
            return NONE
        if self.padding == "same":
            extents = map(dilated_extent, pair(self.kernel_size), pair(self.dilation))
            rows, columns = map(same_sides, size, extents, pair(self.stride))
            return rows, columns
        return both_sides(self.padding)

    def _geometry(self, size: Pair) -> tuple[Pair, Padding, Pair, int]:
        """What the kernels ask for. Their padding is zeros; a reflected one is there already."""
        padding = self.padding_of(size) if self.padding_mode == "zeros" else NONE
        return pair(self.stride), padding, pair(self.dilation), self.groups

    def _reflected(self, x: Array) -> Array:
        if self.padding_mode == "zeros":
            return x
        return kernels.of(x).reflect_pad(x, self.padding_of(x.shape[1:3]))

    def _check(self, x: Array) -> None:
        c = self.in_channels
        expect(x, self.weight.value, f"(N, H, W, {c})", x.ndim == 4 and x.shape[3] == c)
        padding = self.padding_of(x.shape[1:3])
        expect_windows(x, self.kernel_size, padding, self.dilation)
        if self.padding_mode == "reflect":
            (top, bottom), (left, right) = padding
            if max(top, bottom) >= x.shape[1] or max(left, right) >= x.shape[2]:
                raise ShapeError(
                    f"reflect padding {padding} must be smaller than the image, received {x.shape}"
                )

    def operations(self, inputs: tuple[Shape, ...], output: Shape) -> Operations:
        outputs = math.prod(output)
        taps = math.prod(pair(self.kernel_size)) * self.in_channels // self.groups
        return of_products(outputs * taps, outputs if self.bias else 0)

    example = Example(side=4)

    def output_shape(self, x: Shape) -> Shape:
        h, w, c = expect_image(x, self.in_channels)
        padding = self.padding_of((h, w))
        expect_size((h + sum(padding[0]), w + sum(padding[1]), c))
        inner = max(padding[0]) < h and max(padding[1]) < w
        fits = inner or self.padding_mode != "reflect"
        expect_shape(fits, f"(N, H, W, C) larger than the padding {padding}", x)
        kernel, stride, dilation = map(pair, (self.kernel_size, self.stride, self.dilation))
        size = output_sizes((h, w), kernel, stride, padding, dilation)
        expect_shape(min(size) > 0, f"(N, H, W, C) that a kernel of {kernel} fits into", x)
        return (*size, self.out_channels)


def same_sides(size: int, extent: int, stride: int) -> Pair:
    """The padding before and after ``size`` pixels of which ⌈size / stride⌉ shall be left."""
    total = max(0, (-(-size // stride) - 1) * stride + extent - size)
    return total // 2, total - total // 2


def divided(groups: int, in_channels: int, out_channels: int) -> int:
    """``groups`` if it cuts both numbers of channels evenly. InputError otherwise."""
    if in_channels % groups or out_channels % groups:
        raise InputError(
            f"groups: must divide in_channels {in_channels} and out_channels {out_channels}, "
            f"received {groups}"
        )
    return int(groups)
