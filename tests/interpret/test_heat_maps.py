from __future__ import annotations

import numpy as np

from chainrule.interpret import saliency
from chainrule.interpret.heat_maps import colored, displayed

from .nets import convnet


def test_what_it_says(rng):
    found = saliency(convnet(), rng.random((3, 8, 8, 3)), "class 1")
    row, column = np.unravel_index(found.maps[0].argmax(), (8, 8))
    title, header, first, *_ = repr(found).splitlines()
    assert title == "Saliency of 3 images"
    assert header.split() == [
        "image",
        "class",
        "probability",
        "strongest",
        "at",
        "(row,",
        "column)",
    ]
    assert first.split()[:3] == ["0", "class", "1"]
    assert first.endswith(f"({row}, {column})")
    assert len(found) == 3
    assert found._repr_html_().count("<img") == 6


def test_of_many_images_the_first_are_listed(rng):
    found = saliency(convnet(), rng.random((15, 8, 8, 3)))
    assert repr(found).splitlines()[-1] == "… 3 more"


def test_names_steer_no_page(rng):
    model = convnet()
    model.signature = type(model.signature)((8, 8, 3), ("<b>", "a\x1b[31m", "c"))
    found = saliency(model, rng.random((2, 8, 8, 3)), [0, 1])
    assert "\x1b" not in repr(found)
    assert "<b>[" not in found._repr_html_()
    assert "&lt;b&gt;" in found._repr_html_()


def test_colors():
    shown = colored(np.array([[0.0, 2.0], [-2.0, 1.0]]))
    assert shown[0, 0].tolist() == [255, 255, 255]
    assert shown[0, 1].tolist() == [178, 24, 43]
    assert shown[1, 0].tolist() == [33, 102, 172]
    assert colored(np.zeros((1, 1))).tolist() == [[[255, 255, 255]]]


def test_images_of_any_range_can_be_shown():
    assert displayed(np.array([[[0.0], [1.0]]])).ravel().tolist() == [0, 255]
    assert displayed(np.array([[[-1.0], [3.0]]])).ravel().tolist() == [0, 255]
    assert displayed(np.full((1, 1, 1), 7.0)).tolist() == [[[0]]]
    assert displayed(np.zeros((2, 2, 2))).shape == (2, 2, 1)
    assert displayed(np.zeros((2, 2, 5))).shape == (2, 2, 3)
