from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from chainrule import data, models
from chainrule.config import DEFAULTS, Config, Settings, assignments, resolve
from chainrule.config.schema import AdamConfig, CosineConfig, MLPConfig, SGDConfig, StepConfig
from chainrule.errors import InputError
from chainrule.experiment.parts import OPTIMIZERS


def file(**values: Any) -> Settings:
    return Settings(values, "exp.toml")


def names(field: str) -> set[str]:
    kind = {f.name: f.type for f in msgspec.structs.fields(Config)}[field]
    return {k.__struct_config__.tag for k in getattr(kind, "__args__", (kind,))}


def test_every_name_that_can_be_given_can_be_built() -> None:
    assert set(DEFAULTS) == set(data.NAMES)
    assert names("model") == set(models.MODELS)
    assert names("optimizer") == set(OPTIMIZERS)


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_defaults_of_every_data_set_are_a_configuration(name: str) -> None:
    assert resolve(file(data=name)).data == name


def test_nothing_said_means_digits() -> None:
    assert resolve() == resolve(file(data="digits"))


def test_mnist_has_the_net_of_report_a() -> None:
    model = resolve(file(data="mnist")).model
    assert (model.hidden, model.norm) == ((256, 128, 64), "batch")
    assert model.dropout > 0


def test_later_sources_win_and_choose_the_defaults() -> None:
    config = resolve(
        file(data="mnist", epochs=3, seed=5), Settings({"data": "digits"}), assignments(["seed=6"])
    )
    assert (config.data, config.epochs, config.seed) == ("digits", 3, 6)
    assert config.model == resolve().model


def test_another_optimiser_is_not_troubled_by_the_default_one() -> None:
    config = resolve(
        file(optimizer={"name": "adam", "beta1": 0.8}), assignments(["optimizer.name=sgd"])
    )
    assert config.optimizer == SGDConfig()


def test_settings_without_a_name_belong_to_whatever_is_named() -> None:
    config = resolve(file(optimizer={"lr": 0.5}), assignments(["optimizer.name=sgd"]))
    assert config.optimizer == SGDConfig(lr=0.5)


def test_whole_numbers_are_numbers() -> None:
    config = resolve(assignments(["optimizer.lr=1", "schedule.floor=0"]))
    assert isinstance(config.optimizer, AdamConfig)
    assert isinstance(config.optimizer.lr, float)
    assert config.schedule == CosineConfig(floor=0.0)


def test_a_schedule_is_chosen_by_name() -> None:
    config = resolve(assignments(["schedule.name=step", "schedule.every_epochs=3"]))
    assert config.schedule == StepConfig(every_epochs=3)


def test_a_model_keeps_what_is_not_overruled() -> None:
    config = resolve(assignments(["model.dropout=0.5"]))
    assert config.model == msgspec.structs.replace(resolve().model, dropout=0.5)
    assert isinstance(config.model, MLPConfig)


BATCH_SIZE = Settings({"batch_size": 0}, names={"batch_size": "--batch-size"})
AT_LEAST_1 = "expected a whole number of at least 1, received 0"


@pytest.mark.parametrize(
    ("source", "place", "problem"),
    [
        (file(epochs=0), "exp.toml: epochs", AT_LEAST_1),
        (BATCH_SIZE, "--batch-size", AT_LEAST_1),
        (
            assignments(["seed=-1"]),
            "--set: seed",
            "expected a whole number of at least 0, received -1",
        ),
        (
            assignments(["optimizer.lr.x=1"]),
            "--set: optimizer.lr",
            "expected a finite number above 0, received {'x': 1}",
        ),
        (
            file(model={"dropout": 1}),
            "exp.toml: model.dropout",
            "expected a finite number of at least 0 and below 1, received 1",
        ),
        (
            file(optimizer="sgd"),
            "exp.toml: optimizer",
            "expected a table [optimizer], received 'sgd'",
        ),
        (file(loss=1), "exp.toml: loss", "expected a table [loss], received 1"),
        (file(data=3), "exp.toml: data", "expected printable text, received 3"),
        (file(data=[1]), "exp.toml: data", "expected printable text, received [1]"),
    ],
)
def test_a_bad_value_is_named_with_its_place_and_rule(
    source: Settings, place: str, problem: str
) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(f'{place}: {problem}')}$"):
        resolve(source)


@pytest.mark.parametrize(
    ("values", "place", "problem"),
    [
        ({"optimiser": {}}, "optimiser", "setting 'optimiser'; did you mean 'optimizer'?"),
        ({"optimizer": {"lrr": 1}}, "optimizer.lrr", "adam setting 'lrr'; did you mean 'lr'?"),
        ({"loss": {"name": "x"}}, "loss.name", "setting 'name'; choose from reg, smoothing"),
        (
            {"optimizer": {"name": "adamw"}},
            "optimizer.name",
            "optimizer 'adamw'; did you mean 'adam'?",
        ),
        ({"optimizer": {"name": [1]}}, "optimizer.name", "optimizer [1]; choose from adam, sgd"),
        ({"schedule": {"name": "cos"}}, "schedule.name", "schedule 'cos'; did you mean 'cosine'?"),
        ({"model": {"name": "mpl"}}, "model.name", "model 'mpl'; did you mean 'mlp'?"),
        ({"data": "mnits"}, "data", "data set 'mnits'; did you mean 'mnist'?"),
    ],
)
def test_an_unknown_name_gets_the_nearest_one(
    values: dict[str, Any], place: str, problem: str
) -> None:
    message = f"exp.toml: {place}: unknown {problem}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        resolve(file(**values))


def test_the_place_that_is_named_is_the_one_that_counts() -> None:
    with pytest.raises(InputError, match=r"^--set: epochs: "):
        resolve(file(epochs=3), assignments(["epochs=0"]))
    with pytest.raises(InputError, match=r"^exp\.toml: epochs: "):
        resolve(file(epochs=0), assignments(["seed=3"]))
