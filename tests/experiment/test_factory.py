from __future__ import annotations

import numpy as np
import pytest

from chainrule import losses, models, optim, schedules
from chainrule.config import assignments, resolve
from chainrule.data import Dataset
from chainrule.errors import InputError
from chainrule.experiment import factory
from chainrule.penalties import L1, L2, Sum

DATA = Dataset(np.zeros((6, 8, 9, 3), np.uint8), np.arange(6) % 3, ("a", "b", "c"))


def settled(*settings: str):
    return resolve(assignments(settings))


def test_a_model_fits_its_data_and_knows_them() -> None:
    model = factory.model(settled("model.hidden=[7]", "model.norm=none"), DATA)
    assert model.init(0)(DATA.images).shape == (6, 3)
    assert model.signature is not None
    assert model.signature.image_shape == (8, 9, 3)
    assert model.signature.classes == ("a", "b", "c")
    assert "Norm(7)" not in repr(model)


@pytest.mark.parametrize(("norm", "layer"), [("batch", "BatchNorm"), ("layer", "LayerNorm")])
def test_the_norm_is_the_one_that_is_named(norm: str, layer: str) -> None:
    model = factory.model(settled("model.hidden=[7]", f"model.norm={norm}"), DATA)
    assert f"{layer}(7)" in repr(model)


@pytest.mark.parametrize("name", models.MODELS)
def test_every_model_is_built_by_its_name(name: str) -> None:
    larger = Dataset(np.zeros((6, 33, 34, 3), np.uint8), DATA.labels, DATA.classes)
    model = factory.model(settled(f"model.name={name}"), larger)
    expected = models.MODELS[name]
    given = {"hidden": (256, 128), "norm": "batch", "dropout": 0.2} if name == "mlp" else {}
    assert repr(model) == repr(expected(inputs=(33, 34, 3), classes=3, **given))


def test_a_model_has_its_settings() -> None:
    model = factory.model(settled("model.name=convnet", "model.filters=[5, 4]"), DATA)
    assert repr(model) == repr(models.convnet((8, 9, 3), 3, filters=(5, 4)))
    model = factory.model(settled("model.activation=gelu"), DATA)
    assert "GELU" in repr(model)
    assert "ReLU" not in repr(model)


def test_a_model_that_cannot_be_names_its_table() -> None:
    settings = ["model.name=convnet", "model.filters=[1, 1, 1, 1]"]
    with pytest.raises(InputError, match=r"^model: .* leave nothing of images of 8x9 pixels$"):
        factory.model(settled(*settings), DATA)


def test_an_optimizer_has_its_settings() -> None:
    settings = [
        "optimizer.name=sgd",
        "optimizer.momentum=0.5",
        "optimizer.nesterov=true",
        "optimizer.weight_decay=0.25",
        'optimizer.groups."*.bias".lr_scale=0.1',
    ]
    built = factory.optimizer(settled(*settings), batches=3)
    assert isinstance(built, optim.SGD)
    assert (built.momentum, built.nesterov, built.weight_decay) == (0.5, True, 0.25)
    assert built.groups == {"*.bias": {"lr_scale": 0.1}}


def test_a_group_may_have_a_rate_and_an_end_of_its_own() -> None:
    settings = [
        "epochs=8",
        "optimizer.lr=0.5",
        "schedule.name=linear",
        'optimizer.groups."*.bias"={lr=2.0, epochs=3, weight_decay=0.1}',
        'optimizer.groups."*.gamma"={lr=4.0}',
        'optimizer.groups."*.beta"={epochs=2, lr_scale=3.0}',
    ]
    groups = factory.optimizer(settled(*settings), batches=10).groups
    bias, gamma, beta = (groups[f"*.{name}"].pop("lr") for name in ("bias", "gamma", "beta"))
    assert groups == {"*.bias": {"weight_decay": 0.1}, "*.gamma": {}, "*.beta": {"lr_scale": 3.0}}
    assert [bias(step) for step in (0, 15, 30, 79)] == [2.0, 1.0, 0.0, 0.0]
    assert [gamma(step) for step in (0, 40, 80)] == [4.0, 2.0, 0.0]
    assert [beta(step) for step in (0, 10, 20)] == [0.5, 0.25, 0.0]


def test_an_end_freezes_whatever_the_schedule_is() -> None:
    settings = ["optimizer.lr=0.5", 'optimizer.groups."*".epochs=2', "schedule.name=constant"]
    own = factory.optimizer(settled(*settings), batches=10).groups["*"]["lr"]
    assert [own(step) for step in (0, 19, 20)] == [0.5, 0.5, 0.0]


def test_a_group_that_cannot_be_names_its_table() -> None:
    settings = ["schedule.warmup_epochs=2", 'optimizer.groups."*.b".epochs=1', "epochs=4"]
    with pytest.raises(InputError, match=r'^optimizer\.groups\."\*\.b": warmup_epochs: expected'):
        factory.optimizer(settled(*settings), batches=3)


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_every_optimizer_is_built_by_its_name_and_follows_the_schedule(name: str) -> None:
    config = settled(f"optimizer.name={name}", "optimizer.lr=0.5", "epochs=4")
    built = factory.optimizer(config, batches=3)
    assert type(built) is optim.OPTIMIZERS[name]
    assert built.schedule == schedules.Cosine(0.5, 12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["optimizer.name=sgd", "optimizer.nesterov=true"], "optimizer: nesterov=True needs mom"),
        (["schedule.floor=1"], "schedule: floor: expected at most lr, 0.01, received 1.0"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: list[str], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        factory.optimizer(settled(*settings), batches=3)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["loss.smoothing=0.1"], losses.SoftmaxCrossEntropy(0.1)),
        (["loss.class_weights=[1, 2, 0.5]"], losses.SoftmaxCrossEntropy(0, (1.0, 2.0, 0.5))),
        (["loss.name=hinge", "loss.margin=2"], losses.MulticlassHinge(2.0)),
        (["loss.name=one-vs-rest-hinge", "loss.squared=true"], losses.OneVsRestHinge(1.0, True)),
        (["loss.name=focal", "loss.gamma=1", "loss.alpha=[1, 2, 3]"], losses.Focal(1, (1, 2, 3))),
    ],
)
def test_a_loss_has_its_settings(settings: list[str], expected: losses.Loss) -> None:
    assert factory.loss(settled(*settings, "loss.reg=0.5"), classes=3) == expected


def test_weights_are_counted_before_the_training() -> None:
    with pytest.raises(InputError, match=r"^loss: class_weights: expected one number for each of"):
        factory.loss(settled("loss.class_weights=[1, 2]"), classes=3)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([], None),
        (["loss.reg=0.5"], L2(0.5)),
        (["loss.l1=0.5"], L1(0.5)),
        (["loss.name=hinge", "loss.l1=0.5", "loss.reg=2"], Sum((L2(2.0), L1(0.5)))),
    ],
)
def test_a_penalty_is_there_if_it_weighs_something(settings: list[str], expected: object) -> None:
    assert factory.penalty(settled(*settings)) == expected
