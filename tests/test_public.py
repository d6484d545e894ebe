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
from chainrule.public import publish

OFFERED = sorted(name for name in dir(cr) if isinstance(getattr(cr, name), ModuleType))
WITHIN = ["circuit.gates", "data.audit", "data.augment", "data.folder"]
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


@pytest.mark.parametrize("name", MODULES)
def test_every_class_and_function_says_what_it_is(name):
    module = import_module(name)
    things = {n: getattr(module, n) for n in dir(module)}
    documented = {n: t for n, t in things.items() if inspect.isclass(t) or inspect.isfunction(t)}
    assert [n for n, thing in documented.items() if not thing.__doc__] == []


@pytest.mark.parametrize(
    "name",
    [
        "chainrule",
        *(f"chainrule.{name}" for name in ("losses", "metrics", "models", "optim", "schedules")),
    ],
)
def test_what_people_call_has_an_example(name):
    """The examples run as doctests."""
    module = import_module(name)
    things = {n: getattr(module, n) for n in dir(module)}
    called = {n: t for n, t in things.items() if inspect.isclass(t) or inspect.isfunction(t)}
    if name == "chainrule.metrics":  # its classes are what its functions take and return
        called = {n: t for n, t in called.items() if inspect.isfunction(t)}
    assert [n for n, thing in called.items() if ">>> " not in thing.__doc__] == []


@pytest.mark.parametrize("name", ["data.Dataset", "data.k_fold", "data.split", "data.Split"])
def test_what_splits_data_has_an_example(name):
    module, attribute = name.split(".")
    assert ">>> " in getattr(getattr(cr, module), attribute).__doc__


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


KINDS = """
import importlib, json, pkgutil, sys
import chainrule
from chainrule import public
if sys.argv[1] != "none":
    found = sorted(m.name for m in pkgutil.walk_packages(chainrule.__path__, "chainrule."))
    found = [name for name in found if "__main__" not in name]
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
