from __future__ import annotations

from dataclasses import replace

import pytest

from chainrule.bench.frameworks import FRAMEWORKS, OURS, find
from chainrule.bench.nets import NETS
from chainrule.errors import InputError


def test_a_framework_means_all_of_its_modes():
    assert [c.name for c in find(["pytorch"])] == ["eager", "channels-last", "compile", "bf16"]


def test_names_are_taken_once_and_in_order():
    assert [c.name for c in find([OURS, "bf16", "chainrule", "eager"])] == [OURS, "bf16", "eager"]


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(InputError, match="no framework named 'eagre'; did you mean 'eager'"):
        find(["eagre"])


def test_what_is_missing_is_named():
    assert FRAMEWORKS[OURS].missing is None


def test_precisions():
    others = {name: c.precision for name, c in FRAMEWORKS.items() if "bf16" not in name}
    assert {*others.values()} == {"float32"}
    assert FRAMEWORKS["bf16"].precision == FRAMEWORKS["compile-bf16"].precision == "bfloat16"


def test_on_a_gpu_are_those_that_can_be_there():
    modes = ["eager", "channels-last", "compile", "bf16", "compile-bf16"]
    assert [c.name for c in find(["pytorch"], device="gpu:1")] == modes
    ours, jax = FRAMEWORKS[OURS], find(["jax"], device="gpu")[0]
    assert ours.unfit(NETS["mlp"], device="gpu") is None
    assert "on a CPU alone" in (replace(jax, packages=()).unfit(NETS["mlp"], device="gpu") or "")
    fast = replace(FRAMEWORKS["compile-bf16"], packages=())
    assert fast.unfit(NETS["mlp"]) == "it is timed on a GPU alone"
    assert fast.unfit(NETS["mlp"], device="gpu:1") is None


def test_the_device_reaches_the_program():
    setup = FRAMEWORKS["bf16"].setup(NETS["mlp"], 8, 2, device="gpu:1")
    assert setup.factory.keywords == {"channels_last": True, "bf16": True, "device": "gpu:1"}
    assert "device" not in FRAMEWORKS["bf16"].setup(NETS["mlp"], 8, 2).factory.keywords
