"""Images small enough to stand in a page as text."""

from __future__ import annotations

import base64

import numpy as np

from ...types import Array
from .images import write_png

LARGEST = 64  # pixels a side in the file: twenty noisy images then stay below 400 kB


def data_uri(image: Array) -> str:
    """An image uint8 (H, W, C) as a ``data:`` address, at most LARGEST pixels a side."""
    from PIL import Image

    if image.shape[2] not in (1, 3):
        image = image[..., :1]
    h, w, _ = image.shape
    if max(h, w) > LARGEST:
        scale = LARGEST / max(h, w)
        size = max(1, round(w * scale)), max(1, round(h * scale))
        gray = image.shape[2] == 1
        small = Image.fromarray(image[..., 0] if gray else image).resize(size)
        image = np.array(small).reshape(size[1], size[0], -1)
    return "data:image/png;base64," + base64.b64encode(write_png(image)).decode()
