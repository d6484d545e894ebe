from __future__ import annotations

import pytest

from chainrule.errors import InputError
from chainrule.layers import Conv2d, Dropout, LayerNorm, MaxPool2d
from chainrule.play.options import FieldError, arguments, controls

GIVEN = {"in_channels": 1, "out_channels": 2, "kernel_size": 3}
NAMES = [control["name"] for control in controls(Conv2d, GIVEN)]


def read(name: str, text: object) -> object:
    return arguments(Conv2d, {name: text}, GIVEN, NAMES)[name]


def test_every_number_and_word_has_a_control():
    found = {one["name"]: (one["control"], one["value"]) for one in controls(Conv2d, GIVEN)}
    assert found == {
        "in_channels": ("text", "1"), "out_channels": ("text", "2"), "kernel_size": ("text", "3"),
        "stride": ("text", "1"), "padding": ("text", "0"), "dilation": ("text", "1"),
        "groups": ("text", "1"), "bias": ("check", True), "padding_mode": ("choice", "zeros"),
    }  # fmt: skip
    assert controls(MaxPool2d, {"kernel_size": (3, 2)})[0]["value"] == "3, 2"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("stride", "2", 2),
        ("stride", " 2, 1 ", (2, 1)),
        ("stride", "(2, 1)", (2, 1)),
        ("padding", "same", "same"),
        ("bias", False, False),
        ("bias", "false", False),
        ("padding_mode", "reflect", "reflect"),
    ],
)
def test_what_is_typed_is_read(name, text, value):
    assert read(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("stride", "abc", "stride: expected a whole number or a list of 2"),
        ("stride", "1.5", "stride: expected a whole number"),
        ("stride", "1, 2, 3", "stride: expected a whole number"),
        ("stride", "", "stride: expected a whole number"),
        ("stride", "nan", "stride: expected a whole number"),
        ("stride", "9" * 100, "stride: expected a whole number"),
        ("stride", None, "stride: expected a whole number"),
        ("stride", [1, 2, {}], "stride: expected a whole number"),
        ("out_channels", "1000000", "out_channels: expected a whole number"),
        ("out_channels", "999999", "out_channels: expected at most 32 here, received 999999"),
        ("out_channels", 33, "out_channels: expected at most 32 here, received 33"),
        ("kernel_size", "3, 64", "kernel_size: expected at most 32 here, received 64"),
        ("bias", "perhaps", "bias: expected true or false, received 'perhaps'"),
        ("padding_mode", "mirror", "padding_mode: expected 'zeros' or 'reflect'"),
    ],
)
def test_what_cannot_be_is_a_sentence_about_its_control(name, text, sentence):
    with pytest.raises(FieldError, match="^" + sentence.split(":")[0]) as caught:
        read(name, text)
    if text != "1000000":  # seven digits are read as a float
        assert sentence in str(caught.value)
    assert caught.value.field == f"options.{name}"


def test_none_is_read_where_an_argument_may_be_none():
    names = [control["name"] for control in controls(MaxPool2d, {})]
    for text in ("none", "None", ""):
        assert arguments(MaxPool2d, {"stride": text}, {}, names)["stride"] is None


def test_ranges_and_sequences_are_those_of_the_types():
    with pytest.raises(FieldError, match=r"rate: expected a probability in \[0, 1\)"):
        arguments(Dropout, {"rate": "1"}, {}, ["rate"])
    made = arguments(LayerNorm, {"normalized_shape": "2, 3, 4"}, {}, ["normalized_shape"])
    assert made == {"normalized_shape": (2, 3, 4)}


def test_other_options_are_refused():
    with pytest.raises(InputError, match="no option 'strid'; did you mean 'stride'"):
        read("strid", "1")
    with pytest.raises(InputError, match="no option 'init'"):
        read("init", "zeros")
    with pytest.raises(InputError, match="options: expected a value by name"):
        arguments(Conv2d, [1], GIVEN, NAMES)
