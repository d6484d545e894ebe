"""The weight gradient of a 1x1 convolution, summed over pieces of its pixels."""

import numpy as np
import pytest

from chainrule.kernels.cpu import conv_pointwise, workers

OPTIONS = ((1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1)


@pytest.mark.parametrize("size", [(5, 64, 64), (1, 127, 131), (2, 8, 8), (3, 91, 90)])
@pytest.mark.parametrize("channels", [(16, 20), (3, 2), (24, 9)])
def test_it_is_the_product_however_it_is_cut(rng, size, channels):
    x = rng.standard_normal((*size, channels[0])).astype(np.float32)
    dy = rng.standard_normal((*size, channels[1])).astype(np.float32)
    dw = conv_pointwise.conv2d_backward_weight(dy, x, *OPTIONS)
    expected = np.einsum("nijc,nijo->co", x.astype(np.float64), dy.astype(np.float64))
    assert dw.shape == (1, 1, *channels) and dw.dtype == np.float32
    np.testing.assert_allclose(dw[0, 0], expected, rtol=1e-4, atol=1e-3)


def test_pieces_do_not_depend_on_threads(rng, monkeypatch):
    x = rng.standard_normal((5, 64, 64, 16)).astype(np.float32)
    dy = rng.standard_normal((5, 64, 64, 20)).astype(np.float32)
    before = conv_pointwise.conv2d_backward_weight(dy, x, *OPTIONS)
    for count in (1, 3):
        monkeypatch.setattr(workers, "threads", lambda count=count: count)
        np.testing.assert_array_equal(
            conv_pointwise.conv2d_backward_weight(dy, x, *OPTIONS), before
        )
