from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from chainrule.report.figures import confusion_figure


def label(svg):
    return ET.fromstring(svg).get("aria-label")


def texts(svg):
    return ["".join(e.itertext()).strip() for e in ET.fromstring(svg).iter() if e.tag == "text"]


def shaded(svg):
    """The RGBA cells of a confusion matrix, from the image inside its drawing."""
    data = re.search(r"data:image/png;base64,([^\"]+)", svg)[1]
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))


def test_confusion_cells_are_shaded_by_their_share_of_the_row():
    svg = confusion_figure(np.array([[50, 50], [0, 4]]), ("a", "b"))
    cells = shaded(svg)
    assert cells.shape == (2, 2, 4)
    assert cells[..., 3].tolist() == [[128, 180], [0, 255]]  # wrong ones by the root: 0.5 ** 0.5
    assert cells[0, 1, 0] > cells[0, 1, 2]  # red
    assert cells[0, 0, 2] > cells[0, 0, 0]  # blue
    assert label(svg) == "Confusion matrix of 2 classes: 54 of 104 on the diagonal."
    assert texts(svg).count("50") == 2
    assert "0" not in texts(svg)


@pytest.mark.parametrize("k", [1, 2, 13, 31, 100])
def test_every_class_is_named_on_both_axes(k):
    names = tuple(f"kind {i}" for i in range(k))
    svg = confusion_figure(np.eye(k, dtype=np.int64), names)
    assert all(texts(svg).count(name) == 2 for name in names)
    assert len(svg) < 100_000


def test_too_many_classes_are_not_drawn():
    assert confusion_figure(np.eye(201, dtype=np.int64), [str(i) for i in range(201)]) is None
