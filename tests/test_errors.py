from __future__ import annotations

import ast
from pathlib import Path

import pytest

import chainrule
from chainrule.errors import InputError, ShapeError, did_you_mean


def test_a_near_word_is_suggested_and_else_all_are_listed():
    assert did_you_mean("minst", ["mnist", "digits"]) == "; did you mean 'mnist'?"
    assert did_you_mean("zzz", ["mnist", "digits"]) == "; choose from digits, mnist"


def test_each_container_adds_its_part_of_the_path():
    error = ShapeError("expected (N, 5)").inside("layers.2", " [inner]").inside("body", " [outer]")
    assert isinstance(error, InputError)
    assert str(error) == "body.layers.2: expected (N, 5) [outer] [inner]"


def messages(source: str) -> list[str]:
    """The texts of what is raised in a module."""
    raised = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Raise)]
    constants = (node for each in raised for node in ast.walk(each))
    return [c.value for c in constants if isinstance(c, ast.Constant) and isinstance(c.value, str)]


@pytest.mark.parametrize(
    "package", sorted(p.name for p in Path(chainrule.__file__).parent.iterdir() if p.name[0] != "_")
)
def test_errors_have_one_form(package):
    """``NAME: expected …, received …``, and not "must be …, got …"."""
    place = Path(chainrule.__file__).parent / package
    modules = [place] if place.suffix == ".py" else sorted(place.rglob("*.py"))
    words = ["got ", " got", " must have ", " must hold "]
    words += [] if package == "layers" else [" must be "]
    said = [text for module in modules for text in messages(module.read_text("utf-8"))]
    assert [text for text in said for word in words if word in f" {text} "] == []
