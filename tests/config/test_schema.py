"""Settings are the arguments of constructors: the same names, the same defaults, every part."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest

from chainrule import layers, losses, models, optim, schedules
from chainrule.config import Config, assignments, resolve, seconds
from chainrule.config.schema import (
    AUGMENTATIONS,
    AUTO,
    AVERAGE_FORMS,
    CLIP_FORMS,
    LOSSES,
    MODELS,
    NONE,
    OPTIMIZERS,
    SCHEDULES,
    AugmentConfig,
    LossConfig,
    PlateauConfig,
    ScheduleConfig,
    in_toml,
)
from chainrule.data.augment import OPERATIONS, PRESETS
from chainrule.experiment.factory import lengths
from chainrule.ranges import InEpochs, PositiveInt, Setting, rule
from chainrule.training import ReduceOnPlateau
from chainrule.training.averaging import AVERAGES
from chainrule.training.clipping import CLIPS

from ..contract import public

FED: list[tuple[Any, Callable[..., Any]]] = [
    *((form, optim.OPTIMIZERS[name]) for name, form in OPTIMIZERS.items()),
    *((form, losses.LOSSES[name]) for name, form in LOSSES.items()),
    *((form, schedules.SCHEDULES[name]) for name, form in SCHEDULES.items()),
    *((form, models.MODELS[name]) for name, form in MODELS.items()),
    *((form, CLIPS[name]) for name, form in CLIP_FORMS.items() if name != "none"),
    *((form, AVERAGES[name]) for name, form in AVERAGE_FORMS.items() if name != "none"),
    *((form, OPERATIONS[name]) for name, form in AUGMENTATIONS.items()),
    (PlateauConfig, ReduceOnPlateau),
]
OWN = {*LossConfig.__struct_fields__, *ScheduleConfig.__struct_fields__, "groups"}


def types(form: Any) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(form)}


def test_the_whole_catalog_can_be_named() -> None:
    assert set(optim.OPTIMIZERS.values()) == public(optim, optim.Optimizer)
    # Warmup is a setting of every schedule; Repeat is [snapshots], TimeScaled is time_budget
    joins = {schedules.Sequence, schedules.Warmup, schedules.Repeat, schedules.TimeScaled}
    assert set(schedules.SCHEDULES.values()) == public(schedules, schedules.Schedule) - joins
    of_numbers = {losses.BinaryCrossEntropy, losses.MSE, losses.MAE, losses.Huber}
    assert set(losses.LOSSES.values()) == public(losses, losses.Loss) - of_numbers
    assert set(models.MODELS.values()) == {
        models.convnet, models.efficientnet_lite0, models.mlp, models.mobilenet_v2, models.resnet,
        models.resnet18, models.resnet34, models.resnet50, models.squeezenet1_1, models.vgg,
    }  # fmt: skip


@pytest.mark.parametrize(("form", "built"), FED, ids=lambda x: x.__name__)
def test_settings_are_arguments_with_equal_defaults(form: Any, built: Callable[..., Any]) -> None:
    parameters = inspect.signature(built).parameters
    epochs = lengths(built) if form in SCHEDULES.values() else {}
    for field in msgspec.structs.fields(form):
        if field.name in OWN or field.name in epochs or field.name == "milestones":
            continue
        expected = parameters[field.name].default
        if (form, field.name) == (PlateauConfig, "patience"):
            expected = 0  # off
        elif (form, field.name) == (AVERAGE_FORMS["swa"], "start_epoch"):
            expected = 0  # after three quarters of the epochs
        elif expected is inspect.Parameter.empty:
            assert field.default is not msgspec.NODEFAULT, field.name
            continue
        elif expected is None and get_origin(field.type) is Literal:
            expected = NONE
        assert field.default == expected, field.name


@pytest.mark.parametrize(("form", "built"), FED, ids=lambda x: x.__name__)
def test_every_argument_that_toml_can_say_is_a_setting(form: Any, built: Any) -> None:
    """What is left to others: the shape of the data, initializers, and the rate of a schedule."""
    others = {
        "inputs",
        "classes",
        "init",
        "linear_init",
        "lr" if form in SCHEDULES.values() else "",
    }
    filled = {"steps"}  # of a schedule that lasts as long as the training
    epochs = set(lengths(built).values()) if form in SCHEDULES.values() else set()
    left = set(inspect.signature(built).parameters) - set(types(form))
    assert left <= others | filled | epochs


@pytest.mark.parametrize(("form", "built"), FED, ids=lambda x: x.__name__)
def test_a_form_with_all_its_defaults_is_a_table(form: Any, built: Any) -> None:
    assert form() == form() and f"{built.__name__}" in form.__doc__


def test_every_operation_of_an_augmentation_has_a_table_in_the_order_of_work() -> None:
    assert [name for name in types(AugmentConfig) if name != "preset"] == list(OPERATIONS)


def test_every_preset_can_be_named_and_is_in_the_order_of_work() -> None:
    assert set(get_args(types(AugmentConfig)["preset"])) == {*PRESETS, AUTO}
    order = list(OPERATIONS.values())
    for name, operations in PRESETS.items():
        places = [order.index(type(operation)) for operation in operations]
        assert places == sorted(set(places)), name


def test_warm_up_starts_where_the_schedule_says() -> None:
    start = inspect.signature(schedules.Warmup).parameters["start"].default
    assert ScheduleConfig().warmup_start == start


def test_choices_are_those_of_the_parts() -> None:
    assert set(get_args(types(MODELS["mlp"])["activation"])) == set(layers.ACTIVATIONS)
    assert get_args(types(MODELS["mlp"])["norm"]) == (NONE, "batch", "layer")
    assert rule(types(SCHEDULES["step"])["every_epochs"]) == rule(PositiveInt)
    assert set(types(Config)) >= {"model", "optimizer", "schedule", "loss", "clip", "average"}


@pytest.mark.parametrize(
    ("kind", "toml"),
    [
        (int, int),
        (PositiveInt | None, PositiveInt | None),
        (PositiveInt | dict[str, int], PositiveInt),
        (dict[str, int], None),
        (dict[str, int] | None, None),
        (Literal["a"] | None, Literal["none", "a"]),
        (tuple[int, float], tuple[int, float]),
        (list[int], tuple[int, ...]),
        (list[list[int]], tuple[tuple[int, ...], ...]),
        (Callable[[int], int], None),
    ],
)
def test_what_of_a_type_can_be_said_in_toml(kind: Any, toml: Any) -> None:
    assert in_toml(kind) == toml


def test_a_marker_is_found_inside_a_union() -> None:
    from typing import Annotated

    from chainrule.ranges import setting_of

    marker = InEpochs("every_epochs", PositiveInt, 2)
    assert setting_of(Annotated[int, marker] | None) == marker
    assert setting_of(int | None) == Setting()


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), ("0", 0)]
)
def test_a_setting_becomes_seconds(text: str, expected: float) -> None:
    assert seconds(resolve(assignments([f"time_budget={text}"])).time_budget) == expected
