from __future__ import annotations

from chainrule import models
from chainrule.layers import Flatten, Linear, Sequential

from ..cases import SHAPE, accused, found, mlp


def test_outputs_and_classes_that_differ():
    check = found("outputs", models.mlp(SHAPE, (8,), 7))
    assert accused(check) and check.number == 7
    assert "10 outputs" in check.fix


def test_images_of_another_shape():
    check = found("outputs", models.mlp((7, 7, 1), (8,), 10))
    assert accused(check) and "expected an input of shape (N, 49)" in check.cause


def test_pixels_that_nobody_turns_into_numbers():
    check = found("outputs", Sequential(Flatten(), Linear(64, 10)))
    assert accused(check) and "Normalize()" in check.cause


def test_a_model_that_fits():
    assert found("outputs", mlp()).verdict == "ok"
