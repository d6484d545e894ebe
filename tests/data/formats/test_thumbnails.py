"""Thumbnails as ``data:`` addresses."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from chainrule.data.formats.thumbnails import LARGEST, data_uri


def decoded(uri):
    return np.array(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_small_images_keep_their_pixels():
    image = np.arange(60, dtype=np.uint8).reshape(5, 4, 3)
    assert (decoded(data_uri(image)) == image).all()
    assert (decoded(data_uri(image[..., :1])) == image[..., 0]).all()
    assert decoded(data_uri(image[..., :2])).shape == (5, 4)


def test_large_images_become_thumbnails_of_the_same_proportions():
    assert decoded(data_uri(np.zeros((300, 150, 3), np.uint8))).shape == (LARGEST, LARGEST // 2, 3)
    assert decoded(data_uri(np.zeros((1, 900, 1), np.uint8))).shape == (1, LARGEST)
