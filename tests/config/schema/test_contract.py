"""Every form of every table feeds a constructor: the same names, and the same defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest

from chainrule import layers, losses, models, optim, schedules, training
from chainrule.config import Config
from chainrule.config.schema import AugmentConfig, EMAConfig, PlateauConfig, SWAConfig
from chainrule.config.schema.losses import LossConfig
from chainrule.config.schema.models import MLPConfig
from chainrule.config.schema.schedules import ScheduleConfig
from chainrule.data.augment import OPERATIONS, PRESETS
from chainrule.experiment.parts import LOSSES, OPTIMIZERS
from chainrule.experiment.schedules import LENGTHS, SCHEDULES
from chainrule.experiment.trainer import CLIPS

from ...contract import public

Form = type[msgspec.Struct]


def forms(field: str) -> dict[str, Form]:
    """The forms of a table by name."""
    kind = {f.name: f.type for f in msgspec.structs.fields(Config)}[field]
    return {str(k.__struct_config__.tag): k for k in get_args(kind) or (kind,)}


def default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def operation_forms() -> dict[str, Form]:
    """The tables inside [augment], in their order."""
    fields = msgspec.structs.fields(AugmentConfig)
    return {f.name: get_args(f.type)[0] for f in fields if f.name != "preset"}


# What a setting says in another word than the argument: TOML has none for None.
SAME = {("groups", None): {}, ("norm", None): "none"}

FED: list[tuple[Form, Callable[..., Any]]] = [
    *((form, OPTIMIZERS[name]) for name, form in forms("optimizer").items()),
    *((form, LOSSES[name]) for name, form in forms("loss").items()),
    *((form, SCHEDULES[name]) for name, form in forms("schedule").items()),
    *((form, models.MODELS[name]) for name, form in forms("model").items()),
    *((form, CLIPS[name]) for name, form in forms("clip").items() if name != "none"),
    *((form, OPERATIONS[name]) for name, form in operation_forms().items()),
    (EMAConfig, training.EMA),
    (SWAConfig, training.SWA),
    (PlateauConfig, training.ReduceOnPlateau),
]
OWN = {
    **dict.fromkeys(LossConfig.__struct_fields__, "penalties"),
    **dict.fromkeys(ScheduleConfig.__struct_fields__, "Warmup"),
}


@pytest.mark.parametrize(
    ("table", "known"),
    [
        ("optimizer", OPTIMIZERS),
        ("loss", LOSSES),
        ("schedule", SCHEDULES),
        ("model", models.MODELS),
        ("clip", {"none", *CLIPS}),
        ("average", {"none", "ema", "swa"}),
    ],
)
def test_every_name_that_can_be_given_can_be_built(table: str, known: Any) -> None:
    assert set(forms(table)) == set(known)


def test_the_whole_catalogue_can_be_named() -> None:
    assert set(OPTIMIZERS.values()) == public(optim, optim.Optimizer)
    # Warmup is a setting of every schedule; Repeat is [snapshots], Paced is time_budget
    joins = {schedules.Then, schedules.Warmup, schedules.Repeat, schedules.Paced}
    assert set(SCHEDULES.values()) == public(schedules, schedules.Schedule) - joins
    of_numbers = {losses.BinaryCrossEntropy, losses.MSE, losses.MAE, losses.Huber}
    assert set(LOSSES.values()) == public(losses, losses.Loss) - of_numbers


@pytest.mark.parametrize(("form", "built"), FED, ids=lambda x: x.__name__)
def test_settings_are_arguments_with_equal_defaults(form: Form, built: Callable[..., Any]) -> None:
    parameters = inspect.signature(built).parameters
    for field in msgspec.structs.fields(form):
        if field.name in OWN:
            continue
        parameter = parameters[LENGTHS.get(field.name, field.name)]
        if parameter.default is parameter.empty or field.name in LENGTHS:
            continue  # the class leaves it to its caller, or counts it in steps
        if (form, field.name) == (PlateauConfig, "patience"):
            assert field.default == 0  # off
            continue
        expected = SAME.get((field.name, parameter.default), parameter.default)
        assert default(field) == expected, field.name


def test_every_operation_of_an_augmentation_has_a_table_in_the_order_of_work() -> None:
    assert list(operation_forms()) == list(OPERATIONS)
    for name, form in operation_forms().items():
        assert set(form.__struct_fields__) == set(inspect.signature(OPERATIONS[name]).parameters)


def test_every_preset_can_be_named_and_is_in_the_order_of_work() -> None:
    kind = {f.name: f.type for f in msgspec.structs.fields(AugmentConfig)}["preset"]
    assert set(get_args(kind)) == set(PRESETS)
    order = list(OPERATIONS.values())
    for name, operations in PRESETS.items():
        places = [order.index(type(operation)) for operation in operations]
        assert places == sorted(set(places)), name


@pytest.mark.parametrize("form", forms("optimizer").values(), ids=lambda x: x.__name__)
def test_an_optimiser_has_all_its_settings(form: Form) -> None:
    built = OPTIMIZERS[str(form.__struct_config__.tag)]
    assert set(form.__struct_fields__) == set(inspect.signature(built).parameters)


def test_warm_up_starts_where_the_schedule_says() -> None:
    start = inspect.signature(schedules.Warmup).parameters["start"].default
    assert ScheduleConfig().warmup_start == start


def test_the_activations_are_those_of_the_layers() -> None:
    kind = {f.name: f.type for f in msgspec.structs.fields(MLPConfig)}["activation"]
    assert set(get_args(kind)) == set(layers.ACTIVATIONS)


def test_the_norms_are_those_of_the_mlp() -> None:
    kind = {f.name: f.type for f in msgspec.structs.fields(MLPConfig)}["norm"]
    assert set(get_args(kind)) == {"none", *models.mlp.__globals__["NORMS"]}
