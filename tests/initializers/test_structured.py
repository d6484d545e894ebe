from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.initializers import Dirac, Orthogonal
from chainrule.layers import Conv2d
from chainrule.random import generator

RNG = generator("test")


@pytest.mark.parametrize("shape", [(7, 5), (5, 5), (4, 9), (3, 2, 4, 5), (1, 1, 3, 8)], ids=str)
@pytest.mark.parametrize("gain", [1, 1.5])
def test_rows_or_columns_are_orthonormal(shape, gain):
    w = Orthogonal(gain)(generator("test"), shape).reshape(-1, shape[-1])
    product = w.T @ w if len(w) >= shape[-1] else w @ w.T
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-14)


def test_every_rotation_is_equally_likely():
    """Without the signs of R, LAPACK's Q has a first column of mostly negative numbers."""
    first = np.array([Orthogonal()(generator("test", i), (2, 2))[0, 0] for i in range(400)])
    assert abs((first > 0).mean() - 0.5) < 0.1


def test_lengths_are_kept_through_many_layers(rng):
    x = rng.standard_normal((4, 30))
    y = x
    for i in range(20):
        y = y @ Orthogonal()(generator("test", i), (30, 30))
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), np.linalg.norm(x, axis=1))


def copied(x, outputs, groups=1):
    layer = Conv2d(x.shape[-1], outputs, 3, padding="same", groups=groups, init=Dirac(groups))
    return layer.init()(x)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_dirac_is_the_identity(groups, rng):
    x = rng.standard_normal((2, 4, 5, 4), np.float32)
    np.testing.assert_array_equal(copied(x, 4, groups), x)


def test_dirac_copies_the_channels_that_both_sides_have(rng):
    x = rng.standard_normal((1, 3, 3, 4), np.float32)
    np.testing.assert_array_equal(copied(x, 2), x[..., :2])
    np.testing.assert_array_equal(copied(x, 6), np.pad(x, ((0, 0),) * 3 + ((0, 2),)))


@pytest.mark.parametrize("shape", [(3, 4), (3, 3, 2, 5)], ids=str)
def test_dirac_needs_a_convolution(shape):
    with pytest.raises(InputError, match=r"multiple of groups = 2, received"):
        Dirac(2)(RNG, shape)


def test_outputs_that_copy_nothing_may_be_drawn():
    w = Dirac(rest=1 / 3)(generator("test"), (3, 3, 4, 200))
    np.testing.assert_array_equal(w[..., :4], Dirac()(RNG, (3, 3, 4, 4)))
    rest = w[..., 4:]
    assert abs(rest).max() <= 1 / np.sqrt(36)  # PyTorch's own for a convolution of 36 inputs
    assert rest.var() == pytest.approx(1 / 3 / 36, rel=0.1)


def test_each_group_copies_and_draws_its_own():
    w = Dirac(groups=2, rest=1.0)(generator("test"), (3, 3, 2, 8))
    for first in (0, 4):
        np.testing.assert_array_equal(w[..., first : first + 2], Dirac()(RNG, (3, 3, 2, 2)))
        assert w[..., first + 2 : first + 4].all()


def test_a_negative_rest_is_refused():
    with pytest.raises(InputError, match="rest: expected 0 or more, received -1"):
        Dirac(rest=-1)
