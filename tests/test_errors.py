from __future__ import annotations

from chainrule.errors import InputError, ShapeError, did_you_mean


def test_a_near_word_is_suggested_and_else_all_are_listed():
    assert did_you_mean("minst", ["mnist", "digits"]) == "; did you mean 'mnist'?"
    assert did_you_mean("zzz", ["mnist", "digits"]) == "; choose from digits, mnist"


def test_each_container_adds_its_part_of_the_path():
    error = ShapeError("expected (N, 5)").inside("layers.2", " [inner]").inside("body", " [outer]")
    assert isinstance(error, InputError)
    assert str(error) == "body.layers.2: expected (N, 5) [outer] [inner]"
