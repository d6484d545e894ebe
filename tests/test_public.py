"""One list of names: for ``dir``, ``help``, ``import *`` and, from the source, type checkers."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import chainrule as cr
from chainrule.public import old_keywords, publish
from chainrule.training import logs

OFFERED = sorted(name for name in dir(cr) if isinstance(getattr(cr, name), ModuleType))
WITHIN = ["circuit.gates", "data.audit", "data.augment", "data.folder", "kernels.precision"]
MODULES = [f"chainrule.{name}" for name in [*OFFERED, *WITHIN]]


def in_source(module: ModuleType) -> set[str]:
    """What a type checker takes as public: definitions, and imports ``X as X``; values of
    modules are read from their call of ``publish``, the only one that can name them."""
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            names |= {a.name for a in node.names if a.asname == a.name}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef) and node in tree.body:
            names |= {node.name}
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "publish":
            names |= {argument.value for argument in node.args[1:]}
    # The two modules that fill the table of fusion are imported for that alone.
    return {name for name in names if name[0] != "_" and not name.startswith("fus")}


@pytest.mark.parametrize("name", MODULES)
def test_dir_and_all_are_what_a_type_checker_sees(name):
    module = import_module(name)
    assert module.__all__ == dir(module) == sorted(in_source(module))


@pytest.mark.parametrize("name", MODULES)
def test_every_name_is_there(name):
    module = import_module(name)
    assert all(getattr(module, offered) is not None for offered in dir(module))


@pytest.mark.parametrize("name", WITHIN)
def test_what_lies_deeper_is_reached_by_dots_alone(name):
    code = f"import chainrule as cr; print(cr.{name}.__name__)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == f"chainrule.{name}"


def test_a_name_that_is_not_offered_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'chainrule\.data' has no attribute 'nothing'"):
        _ = cr.data.nothing


def test_offered_is_what_is_defined_at_home_and_what_is_named():
    namespace = {"__name__": "chainrule.public", "publish": publish, "_own": publish, "TABLE": {}}
    namespace |= {"ast": ast, "foreign": inspect.getdoc, "OTHER": ()}
    publish(namespace, "TABLE", modules=("later",))
    assert namespace["__all__"] == namespace["__dir__"]() == ["TABLE", "later", "publish"]


def test_an_old_name_leads_to_the_thing_with_one_line():
    with pytest.warns(DeprecationWarning) as caught:
        assert cr.training.finishing is cr.training.graceful_stop
    (line,) = [str(warning.message) for warning in caught]
    names = "chainrule.training.finishing is now chainrule.training.graceful_stop"
    assert line == f"{names}; the old name is still accepted"
    assert Path(caught[0].filename) == Path(__file__)  # the caller, as its filters want to know
    assert "finishing" not in dir(cr.training)


def test_an_old_keyword_is_accepted_with_one_line():
    @old_keywords(old="new", older="newer")
    def function(new: int = 0, *, newer: int = 0) -> tuple[int, int]:
        """Text."""
        return new, newer

    with pytest.warns(DeprecationWarning) as caught:
        assert function(old=1, newer=2) == (1, 2)
    (line,) = [str(warning.message) for warning in caught]
    assert "function(old=) is now new=; the old name is still accepted" in line
    assert Path(caught[0].filename) == Path(__file__)
    assert function(3, newer=4) == (3, 4)  # a warning would be an error here
    assert (function.__doc__, list(inspect.signature(function).parameters)) == (
        "Text.",
        ["new", "newer"],
    )
    for wrong in ({"old": 1, "new": 2}, {"other": 1}):
        with pytest.raises(TypeError):
            function(**wrong)


@pytest.mark.parametrize(
    ("function", "given", "old", "new"),
    [
        (cr.training.TimeBudget, (9,), "closing_pictures", "closing_images"),
        (logs.Activations, (), "pictures", "images"),
        (cr.cost.probe, (), "pictures", "images"),
        (cr.doctor.examine, (), "watch", "on_check"),
        (cr.experiment.start, (), "watch", "callbacks"),
        (cr.experiment.begin, (), "watch", "callbacks"),
        (cr.experiment.resume, (), "watch", "callbacks"),
    ],
)
def test_keywords_that_are_called_otherwise_now(function, given, old, new):
    parameters = inspect.signature(function).parameters
    assert new in parameters and old not in parameters
    with pytest.warns(DeprecationWarning, match=rf"\({old}=\) is now {new}=; "):
        try:
            assert getattr(function(*given, **{old: 7}), new) == 7
        except TypeError as missing:  # of those that need more arguments
            assert not given and "missing" in str(missing)
        except cr.InputError as error:  # of those for which 7 is nothing
            assert str(error).startswith(f"{new}: expected")


KINDS = """
import importlib, importlib.util, json, pkgutil, sys
import chainrule
from chainrule import public
if sys.argv[1] != "none":
    found = sorted(m.name for m in pkgutil.walk_packages(chainrule.__path__, "chainrule."))
    found = [name for name in found if "__main__" not in name]
    if importlib.util.find_spec("starlette") is None:  # the server of pages is all of this one
        found = [name for name in found if not name.startswith("chainrule.play.")]
    for name in found if sys.argv[1] == "forwards" else reversed(found):
        importlib.import_module(name)
names = sys.argv[2:]
face = {
    f"{home}.{name}": [type(thing).__name__, getattr(thing, "__module__", None), callable(thing)]
    for home in names
    for name in dir(importlib.import_module(home))
    for thing in [getattr(importlib.import_module(home), name)]
}
print(json.dumps(face))
"""


def face(order: str) -> dict[str, list[object]]:
    command = [sys.executable, "-c", KINDS, order, *MODULES]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_no_name_changes_with_the_order_of_imports():
    """A module that is imported late takes the place of a function of its name."""
    usual = face("none")
    assert face("forwards") == usual
    assert face("backwards") == usual


def test_a_package_with_a_function_of_its_name_can_be_called():
    model = cr.models.mlp((8, 8, 1), (4,), 10)
    assert str(cr.cost(model)) == str(cr.cost.cost(model))
    assert inspect.signature(cr.cost) == inspect.signature(cr.cost.cost)
    with pytest.raises(cr.InputError, match="no figure named 'nothing'"):
        cr.draw("nothing")
    assert all(
        callable(module)
        for name in MODULES
        for module in [import_module(name)]
        if inspect.isfunction(getattr(module, name.rpartition(".")[2], None))
    )
