from __future__ import annotations

import datetime
import math
from typing import Any, get_args

import msgspec
import pytest

from chainrule.config import Config
from chainrule.config.rules import fits
from chainrule.config.schema import MODELS, OPTIMIZERS, SCHEDULES, LogConfig
from chainrule.ranges import Fraction, NonNegativeInt, PositiveFloat, rule

AdamConfig = OPTIMIZERS["adam"]
MLPConfig = MODELS["mlp"]
MultiStepConfig = SCHEDULES["multi-step"]
VGGConfig = MODELS["vgg"]


def field(kind: type[msgspec.Struct], name: str) -> Any:
    return {f.name: f.type for f in msgspec.structs.fields(kind)}[name]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (NonNegativeInt, [0, 3], [-1, 1.0, True, "1", datetime.date(2020, 1, 1), None, [1]]),
        (PositiveFloat, [1, 0.5], [0, -1.0, math.inf, math.nan, True, "0.1"]),
        (Fraction, [0, 0.5], [1, 1.0, -0.1, math.nan]),
        (bool, [True], [1, "true"]),
        (field(MLPConfig, "norm"), ["none", "batch"], ["group", 1]),
        (field(MLPConfig, "hidden"), [[], [1, 2]], [3, [0], ["a"], [1.5], [10**9]]),
        (field(MultiStepConfig, "milestones"), [[], [1, 2.5]], [[0], [math.inf], [[1]], 1]),
        (field(VGGConfig, "blocks"), [[], [[1, 2], [3]]], [[1], [[0]], [[1.5]], [[math.nan]]]),
        (field(Config, "validation"), [1, 5000, 0.1], [0, 0.0, 1.0, 1.5, True, "a"]),
        (
            field(Config, "time_budget"),
            [0, 90, 1.5, "0", "90", "90s", "10m", "1.5h"],
            [-1, math.inf, True, "", "m", "-3m", "10 m", "10d", "1.m", "1e3", "٣m", "9" * 400],
        ),
        (field(LogConfig, "to"), [[], ["csv", "jsonl", "tensorboard"]], ["csv", ["xml"], [1]]),
        (
            field(Config, "data_dir"),
            ["/data", "Übung 1", "a\nb", "猫\u3000犬", "\x1b\u202e\x7f"],
            [1, "a\x00b", "\udcff"],
        ),
    ],
)
def test_which_values_keep_a_rule(kind: Any, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not fits(kind, value)] == []
    assert [value for value in bad if fits(kind, value)] == []


def test_every_setting_has_a_rule_in_words() -> None:
    for form in (Config, AdamConfig, MLPConfig):
        for each in msgspec.structs.fields(form):
            kinds = get_args(each.type) or (each.type,)
            if not any(hasattr(kind, "__struct_config__") for kind in kinds):
                assert rule(each.type)


def test_rules_read_as_sentences() -> None:
    assert rule(field(Config, "epochs")) == "a whole number of at least 1"
    assert rule(field(MLPConfig, "norm")) == "'none' or 'batch' or 'layer'"
    assert rule(field(MLPConfig, "hidden")) == (
        "a list, each item a whole number from 1 to 1,000,000"
    )
