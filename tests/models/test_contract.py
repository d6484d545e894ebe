"""Every registered model keeps the contract: what it takes, gives, says of itself, and refuses."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import architecture, models
from chainrule.errors import InputError
from chainrule.gradient_check import gradcheck
from chainrule.layers import Conv2d, Linear, Normalize, Sequential, named_parameters
from chainrule.layers.base import walk
from chainrule.layers.shapes import infer_shape

CLASSES = 3


@dataclass(frozen=True)
class Row:
    """The least image that a model takes, None where there is none, and the smallest form of it.

    One that is ``big`` in every form is looked at and not run. A ``deep`` one has the blocks of
    another, whose gradients are checked.
    """

    least: int | None
    options: dict[str, Any] = field(default_factory=dict)
    big: bool = False
    deep: bool = False

    @property
    def inputs(self) -> tuple[int, int, int]:
        return (max(5, self.least or 0) + 1, max(5, self.least or 0), 2)


THIN = {"widths": (3, 4, 5, 6, 8), "hidden": (), "pool_size": 1}
ROWS: dict[str, Row] = {
    "airbench": Row(5, {"widths": (3, 4), "logit_scale": 0.25}),
    "cnn3": Row(8, {"filters": 3}),
    "convnet": Row(8, {"filters": (3, 4)}),
    "efficientnet_lite0": Row(None, big=True),
    "lenet5": Row(12),
    "mlp": Row(None, {"hidden": (5,), "norm": "batch"}),
    "mobilenet_v2": Row(None, big=True),
    "resnet": Row(None, {"blocks": (1, 1), "widths": (3, 4)}),
    "resnet18": Row(None, big=True),
    "resnet20": Row(None, {"width": 2}),
    "resnet32": Row(None, {"width": 2}, deep=True),
    "resnet34": Row(None, big=True),
    "resnet50": Row(None, big=True),
    "resnet56": Row(None, {"width": 2}, deep=True),
    "resnet9": Row(8, {"width": 2}),
    "squeezenet1_1": Row(17, big=True),
    "vgg": Row(4, {"blocks": ((3,), (4, 3)), "hidden": (5,)}),
    **{f"vgg{n}{norm}": Row(32, THIN, deep=n > 11) for n in (11, 13, 16) for norm in ("", "_bn")},
    "wide_resnet": Row(None, {"depth": 10, "width": 1, "dropout": 0.3}),
}
NAMES = sorted(models.MODELS)
RUN = [name for name in NAMES if not ROWS[name].big] if set(NAMES) <= set(ROWS) else []
every = pytest.mark.parametrize("name", NAMES)
each = pytest.mark.parametrize("name", RUN)


def built(name: str, **changed: Any) -> Sequential:
    row = ROWS[name]
    return models.build(name, **{"inputs": row.inputs, "classes": CLASSES} | row.options | changed)


def images(name: str, count: int = 4) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *ROWS[name].inputs), np.uint8)


def test_every_registered_model_is_in_the_table():
    assert set(NAMES) <= set(ROWS)
    assert RUN


@every
def test_it_begins_with_normalize_and_ends_with_a_head(name):
    model = built(name)
    assert isinstance(model, Sequential)
    assert isinstance(model[0], Normalize)
    assert model[0].mean.shape == (2,)
    head = [part for part in walk(model) if named_parameters(part)][-1]
    assert isinstance(head, Linear | Conv2d)
    assert head.weight.shape[-1] == CLASSES
    assert infer_shape(model, ROWS[name].inputs) == (CLASSES,)


@every
def test_its_docstring_names_shapes_errors_and_source(name):
    doc = inspect.getdoc(models.MODELS[name])
    assert ("Source:" in doc or "``resnet``" in doc) and ">>> " in doc


@every
def test_it_is_rebuilt_from_its_description(name):
    model = built(name)
    assert repr(architecture.rebuild(architecture.describe(model))) == repr(model)


@every
def test_images_that_are_too_small_are_refused_in_one_line(name):
    least = ROWS[name].least
    if least is None:
        assert infer_shape(built(name, inputs=(1, 1, 2)), (1, 1, 2)) == (CLASSES,)
        return
    for inputs in ((least - 1, least + 9, 2), (least + 9, least - 1, 2)):
        with pytest.raises(InputError, match=r"^inputs: [^\n]*$"):
            built(name, inputs=inputs)
    assert infer_shape(built(name, inputs=(least, least, 2)), (least, least, 2)) == (CLASSES,)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "mlp"])
@pytest.mark.parametrize("inputs", [(28, 28), (0, 28, 1), 7.5, (28.0, 28, 1)], ids=str)
def test_what_is_no_image_is_refused(name, inputs):
    with pytest.raises(InputError, match=r"^inputs: [^\n]*$"):
        built(name, inputs=inputs)


@each
def test_it_gives_finite_logits_and_learns(name):
    model, batch = built(name).init(0), images(name)
    logits, caches = model.forward(batch)
    assert (logits.shape, logits.dtype) == ((4, CLASSES), np.float32)
    assert model(batch).shape == (4, CLASSES)
    loss, dlogits = cr.losses.SoftmaxCrossEntropy()(logits, np.arange(4) % CLASSES)
    assert np.isfinite(loss)
    model.backward_parameters(dlogits, caches)
    for path, parameter in named_parameters(model):
        assert np.isfinite(parameter.grad).all(), path


@pytest.mark.parametrize("name", [name for name in RUN if not ROWS[name].deep])
def test_gradients(name, rng):
    x, labels = rng.random((4, *ROWS[name].inputs)), rng.integers(0, CLASSES, 4)
    assert gradcheck(built(name).init(1), x, labels, samples=2).ok


@each
def test_it_is_saved_and_loaded(name, tmp_path):
    model, batch = built(name).init(2), images(name)
    model.forward(batch)
    cr.save(model, tmp_path / "m")
    np.testing.assert_array_equal(cr.load(tmp_path / "m")(batch), model(batch))


@each
def test_its_loss_falls(name):
    batch = images(name, 6)
    trainer = cr.Trainer(built(name).init(0), cr.optim.Adam(1e-2), seed=0)
    history = trainer.fit(batch, np.arange(6) % CLASSES, epochs=20, batch_size=6)
    losses = [row["loss"] for row in history.rows]
    assert np.mean(losses[-3:]) < 0.95 * np.mean(losses[:3])
