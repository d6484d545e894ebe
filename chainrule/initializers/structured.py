"""Weights with a structure: a rotation, or nothing changed at all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .. import require
from ..errors import InputError
from ..types import Array
from .fans import Shape, fans


@dataclass(frozen=True)
class Orthogonal:
    """wᵀw = gain² 1, or wwᵀ = gain² 1 where there are more outputs than inputs

    (in, out), or (kh, kw, in, out) read as (kh·kw·in, out). Lengths are kept at gain 1 through
    any number of linear layers; √2 makes up for ReLU. The columns are those of Q in the QR
    factors of a normal matrix, with the signs that make R's diagonal positive: without them
    some rotations would be likelier than others.

    InputError for a ``gain`` of 0 or less, and for fewer than two axes.

    Source: Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks"; Mezzadri 2007 for the signs.

    >>> import numpy as np
    >>> w = Orthogonal()(np.random.default_rng(0), (3, 2))
    >>> (abs(w.T @ w - np.eye(2)) < 1e-12).all().item()
    True
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        require.positive(gain=self.gain)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        inputs, outputs = fans(shape)[0], shape[-1]
        a = rng.standard_normal((max(inputs, outputs), min(inputs, outputs)))
        q, r = np.linalg.qr(a)
        q *= np.where(np.diagonal(r) < 0, -self.gain, self.gain)
        w: Array = (q if inputs >= outputs else q.T).reshape(shape)
        return w


@dataclass(frozen=True)
class Dirac:
    """y = x: a convolution that copies each input channel to the output of the same number

    w (kh, kw, in, out) is 1 at the kernel's center where out = in, else 0; of channels that have
    no counterpart on the other side nothing is copied or to be copied. An odd kernel with
    padding "same" then is the identity. With ``groups``, as of the convolution, each group copies
    its own. Outputs beyond the inputs that are there to copy are 0, or drawn from
    U(-a, a), a = √(3 rest / fan_in), of variance rest / fan_in.

    InputError for fewer than 1 group, a negative ``rest``, and another shape.

    Source: Zagoruyko and Komodakis 2017, "DiracNets"; with ``rest`` 1/3, which is PyTorch's own
    initialization of a convolution, Jordan 2024, "94% on CIFAR-10 in 3.29 seconds".

    >>> import numpy as np
    >>> w = Dirac()(np.random.default_rng(0), (1, 3, 1, 1))
    >>> w.ravel().tolist()
    [0.0, 1.0, 0.0]
    """

    groups: int = 1
    rest: float = 0.0

    def __post_init__(self) -> None:
        require.integer(1, groups=self.groups)
        require.not_negative(rest=self.rest)

    def __call__(self, rng: np.random.Generator, shape: Shape) -> Array:
        if len(shape) != 4 or shape[-1] % self.groups:
            raise InputError(
                "shape: expected a Dirac weight (kh, kw, in, out) with an out that is a multiple "
                f"of groups = {self.groups}, received {shape}"
            )
        kh, kw, inputs, outputs = shape
        own = outputs // self.groups
        copies = min(inputs, own)
        w = np.zeros(shape)
        if self.rest and own > copies:
            bound = math.sqrt(3 * self.rest / fans(shape)[0])
            w = rng.uniform(-bound, bound, shape)
            w[..., np.arange(outputs) % own < copies] = 0
        for i in range(copies):
            w[kh // 2, kw // 2, i, i::own] = 1
        return w
