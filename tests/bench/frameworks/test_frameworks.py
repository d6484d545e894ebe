from __future__ import annotations

import pytest

from chainrule.bench.frameworks import FRAMEWORKS, OURS, find
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
    assert {c.precision for c in FRAMEWORKS.values() if c.name != "bf16"} == {"float32"}
    assert FRAMEWORKS["bf16"].precision == "bfloat16"
