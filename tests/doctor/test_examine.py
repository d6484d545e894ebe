"""Healthy trainings pass every check, nothing that is examined changes, and each illness is found
by its name in ``checks/``."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from chainrule import config, doctor, experiment, models, optim
from chainrule.doctor import CHECKS, examine
from chainrule.errors import CheckFailed, InputError
from chainrule.experiment import factory
from chainrule.penalties import L2

from .cases import SHAPE, TEST, TRAIN, mlp


def of_config(*settings: str) -> doctor.Examination:
    prepared = experiment.prepare(config.resolve(config.assignments(settings)))
    return examine(
        prepared.model, prepared.train, prepared.test, loss=prepared.loss,
        optimizer=prepared.optimizer, penalty=factory.penalty(prepared.config),
        batch_size=prepared.config.batch_size, epochs=prepared.config.epochs,
    )  # fmt: skip


@pytest.mark.parametrize("settings", [(), ("model.name=convnet",), ("loss.reg=0.0001",)])
def test_a_healthy_training_passes_without_a_warning(settings):
    examination = of_config(*settings)
    assert [check.name for check in examination.checks] == list(CHECKS)
    assert not examination.failed and not examination.warnings, str(examination)
    assert examination.ok
    examination.raise_if_failed()


def test_mnist_by_its_recipe_is_healthy():
    try:
        examination = of_config("data=mnist")
    except InputError:
        pytest.skip("MNIST is not here")
    assert not examination.failed and not examination.warnings, str(examination)


def test_plain_sgd_is_healthy_too():
    examination = examine(
        models.mlp(SHAPE, (64, 32), 10), TRAIN, TEST,
        optimizer=optim.SGD(0.05, momentum=0.9), penalty=L2(1e-4),
    )  # fmt: skip
    assert not examination.failed and not examination.warnings, str(examination)


def test_nothing_that_is_examined_changes():
    model, optimizer = mlp(norm="batch", dropout=0.3), optim.Adam(1e-2)
    before, options = copy.deepcopy(model.state()), copy.deepcopy(vars(optimizer))
    images, labels = TRAIN.images.copy(), TRAIN.labels.copy()
    examine(model, TRAIN, TEST, optimizer=optimizer, penalty=L2(1e-4))
    for path, array in model.state().items():
        np.testing.assert_array_equal(array, before[path], err_msg=path)
    assert not model.layers[0].fitted.value
    assert repr(vars(optimizer)) == repr(options)
    np.testing.assert_array_equal(TRAIN.images, images)
    np.testing.assert_array_equal(TRAIN.labels, labels)


def test_it_says_the_same_again():
    model, only = mlp(), ["first loss", "gradients", "update ratio", "learning rate"]
    one, two = (examine(model, TRAIN, TEST, only=only) for _ in range(2))
    assert [check.number for check in one.checks] == [check.number for check in two.checks]


def test_what_is_failed_is_said_in_one_line():
    examination = examine(mlp(scale=30), TRAIN, TEST, only=["outputs", "first loss"])
    assert not examination.ok
    with pytest.raises(CheckFailed, match=r"the doctor found something wrong: first loss \("):
        examination.raise_if_failed()
    text = str(examination)
    assert re.search(r"^failed   first loss: .*fix: use he_normal", text, re.M)
    assert re.search(r"^kernels  ", text, re.M) and text.splitlines()[-1].startswith("1 ok, 1 fail")


def test_checks_that_would_say_nothing_are_skipped():
    examination = examine(models.mlp(SHAPE, (8,), 7), TRAIN, TEST)
    assert examination["outputs"].verdict == "failed"
    others = [c for c in examination.checks if c.name not in ("outputs", "labels", "overlap")]
    assert all(check.verdict == "skipped" for check in others)
    assert "outputs fails" in examination["first loss"].cause


def test_an_unknown_check_is_refused():
    with pytest.raises(InputError, match="did you mean 'overfit'"):
        examine(mlp(), TRAIN, only=["overfitt"])


def test_every_check_has_a_file_and_tests_of_its_own():
    names = {Path(module.__code__.co_filename).stem for module in CHECKS.values()}
    assert len(names) == len(CHECKS)
    here = Path(__file__).parent / "checks"
    assert {path.stem.removeprefix("test_") for path in here.glob("test_*.py")} == names


def test_a_check_is_a_value():
    check = examine(mlp(), TRAIN, TEST, only=["overlap"])["overlap"]
    assert pickle.loads(pickle.dumps(check)) == check
