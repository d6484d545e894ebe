"""Docstrings of all that chainrule offers: what it computes, shapes, errors, an example that runs.

The examples run as doctests, with all others (``--doctest-modules`` in pyproject.toml).
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import pytest

import chainrule as cr
from chainrule.declared import Checked, argument_types

OFFERED = sorted(name for name in dir(cr) if isinstance(getattr(cr, name), ModuleType))
WITHIN = ["circuit.gates", "data.audit", "data.augment", "data.folder"]
MODULES = ["chainrule", *(f"chainrule.{name}" for name in [*OFFERED, *WITHIN])]

NO_EXAMPLE = {
    **dict.fromkeys(
        ("cifar10", "cifar100", "emnist", "fashion_mnist", "kmnist", "mnist", "svhn"),
        "reads files that must be downloaded first",
    ),
    "import_files": "takes the same files from elsewhere",
}
"""What has no example, and why. A Protocol needs none either: nobody calls it."""

AXES = r"\*?(?:[nNKCHWOMT]|in|out|kh|steps|shape|3|…|\.\.\.)"
WORDS = r"(?:any|one|same) shape|(?:in|of) the shape of|arrays? by (?:name|its path)"
SHAPE = re.compile(rf"\({AXES}[,)·]|{WORDS}")
ERRORS = {"InputError", "ShapeError", "SingleValueError"}


class Thing(NamedTuple):
    """A public class or function, or a public member of a class."""

    place: str
    doc: str
    code: Any  # what can be called
    kind: type | None = None  # that it is a member of

    @property
    def said(self) -> str:
        """Its docstring; a member's is read together with that of its class."""
        return f"{self.doc}\n{inspect.getdoc(self.kind) if self.kind else ''}"

    @property
    def name(self) -> str:
        return self.place.rsplit(".", 1)[1]


def documented() -> Iterator[Thing]:
    """Each once, under the first module that offers it."""
    seen = set()
    for module in map(import_module, MODULES):
        for name in dir(module):
            thing = getattr(module, name)
            if not inspect.isclass(thing) and not inspect.isroutine(thing):
                continue
            found = [Thing(f"{module.__name__}.{name}", inspect.getdoc(thing) or "", thing)]
            found += members(thing, found[0].place) if inspect.isclass(thing) else ()
            for each in found:
                if each.code not in seen:
                    seen.add(each.code)
                    yield each


def members(kind: type, place: str) -> Iterator[Thing]:
    """Public methods and properties that chainrule wrote, with the docstring that ``help`` shows:
    their own, or that of the method that they override."""
    if kind is cr.kernels.Kernels:  # signatures alone; each kernel is described where it is defined
        return
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        code = unwrapped(member)
        if name[0] == "_" or not inspect.isfunction(code) or "chainrule" not in code.__module__:
            continue
        doc = inspect.getdoc(member if isinstance(member, property) else getattr(kind, name))
        if issubclass(kind, cr.circuit.Gate) and name in ("forward", "local"):
            doc = kind.__doc__  # whose first line is the equation of both
        yield Thing(f"{place}.{name}", doc or "", code, kind)


def unwrapped(member: Any) -> Any:
    if isinstance(member, property):
        return member.fget
    if isinstance(member, cached_property):
        return member.func
    return inspect.unwrap(getattr(member, "__func__", member))


THINGS = list(documented())


def is_protocol(thing: Any) -> bool:
    return getattr(thing, "_is_protocol", False)


def has_parameters(thing: Thing) -> bool:
    if is_protocol(thing.code) or is_protocol(thing.kind):
        return False
    if inspect.isclass(thing.code) and thing.code.__init__ is object.__init__:
        return False
    code = thing.code.__init__ if inspect.isclass(thing.code) else thing.code
    return bool(inspect.signature(code).parameters.keys() - {"self", "cls"})


def takes_arrays(thing: Thing) -> bool:
    """Whether the signature, or that of what a class does with arrays, has an Array in it."""
    functions = [thing.code]
    if inspect.isclass(thing.code):
        names = ("__init__", "__call__", "forward")
        functions = [f for n in names if inspect.isfunction(f := getattr(thing.code, n, None))]
    notes = [note for f in functions for note in getattr(f, "__annotations__", {}).values()]
    return any(re.search(r"\bArrays?\b", str(note)) for note in notes)


@cache
def definitions(module: str) -> dict[str, ast.AST]:
    """Functions and classes of a module by name, methods as ``Class.method``."""
    tree = ast.parse(Path(import_module(module).__file__).read_text("utf-8"))
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        for inner in getattr(node, "body", ()) if isinstance(node, ast.ClassDef) else ():
            if isinstance(inner, ast.FunctionDef):
                found[f"{node.name}.{inner.name}"] = inner
    return found


@cache
def required(module: str) -> set[str]:
    """The checks that a module imports from ``require``."""
    tree = ast.parse(Path(import_module(module).__file__).read_text("utf-8"))
    froms = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    return {a.name for node in froms if node.module == "require" for a in node.names}


def raises(module: str, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the definition raises one of our errors where one can see it: in its own code, by
    a check of ``require`` or of an ``expect…`` function, or in a private helper of its module."""
    known = definitions(module)
    if name not in known or name in seen:
        return False
    for node in ast.walk(known[name]):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            if getattr(node.exc.func, "id", "") in ERRORS:
                return True
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if re.match(r"_?expect|check_|require\.", called) or called in required(module):
                return True
            if called[0] == "_" and raises(module, called, seen | {name}):
                return True
    return False


def has_range(kind: Any) -> bool:
    """Whether a type states a range or a choice, itself or in one of its parts."""
    return get_origin(kind) in (Annotated, Literal) or any(map(has_range, get_args(kind)))


def can_raise(thing: Thing) -> bool:
    code = thing.code
    if inspect.isclass(code) and issubclass(code, BaseException):
        return False
    by_range = (
        inspect.isclass(code)
        and issubclass(code, Checked)
        and any(map(has_range, argument_types(code).values()))
    )
    return bool(by_range) or raises(code.__module__, code.__qualname__)


def has_string_below(module: ModuleType, name: str) -> bool:
    """Whether a string describes the value where it is assigned, here or where it comes from."""
    homes = [m for n, m in sys.modules.items() if f"{n}.".startswith(f"{module.__name__}.")]
    for home in homes:
        if vars(home).get(name) is not getattr(module, name):
            continue
        body = ast.parse(Path(home.__file__).read_text("utf-8")).body
        for assigned, below in pairwise(body):
            targets = getattr(assigned, "targets", [getattr(assigned, "target", None)])
            if any(getattr(target, "id", None) == name for target in targets):
                return isinstance(getattr(below, "value", None), ast.Constant)
    return False


def lacking(rule: Callable[[Thing], bool], words: str | re.Pattern[str]) -> list[str]:
    """The places of the things under ``rule`` that do not say ``words``."""
    return [t.place for t in THINGS if rule(t) and not re.search(words, t.said)]


def test_everything_says_what_it_is():
    assert [thing.place for thing in THINGS if not thing.doc] == []


@pytest.mark.parametrize("name", MODULES)
def test_every_module_and_value_says_what_it_is(name):
    module = import_module(name)
    offered = {n: getattr(module, n) for n in dir(module) if n != "__version__"}
    values = [
        n
        for n, thing in offered.items()
        if not (inspect.ismodule(thing) or inspect.isclass(thing) or inspect.isroutine(thing))
    ]
    assert module.__doc__
    assert [n for n in values if not has_string_below(module, n)] == []


def test_what_can_be_called_has_an_example():
    assert lacking(lambda t: has_parameters(t) and t.name not in NO_EXAMPLE, ">>> ") == []


def test_exceptions_are_still_needed():
    functions = {thing.name: thing for thing in THINGS if not thing.kind}
    assert [name for name in NO_EXAMPLE if ">>> " in functions[name].doc] == []


def test_arrays_have_shapes():
    assert lacking(takes_arrays, SHAPE) == []


def test_what_raises_our_errors_says_so():
    assert lacking(can_raise, "|".join(ERRORS)) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("raise InputError('no')", True),
        ("require.integer(1, n=n)", True),
        ("_check(n)", True),
        ("return n", False),
        ("raise ValueError('no')", False),
    ],
)
def test_what_counts_as_raising(tmp_path, monkeypatch, body, found):
    code = f"def f(n):\n    {body}\n\ndef _check(n):\n    raise ShapeError('no')\n"
    (tmp_path / f"raising_{abs(hash(body))}.py").write_text(textwrap.dedent(code))
    monkeypatch.syspath_prepend(tmp_path)
    assert raises(f"raising_{abs(hash(body))}", "f") is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x (N, H, W, C)", True),
        ("labels int64 (N,)", True),
        ("weight (kh, kw, C/groups, O)", True),
        ("uint8 (..., 3)", True),
        ("y = max(x, 0)        any shape", True),
        ("see Glorot and Bengio (2010)", False),
        ("a pair (rows, columns)", False),
        ("(He et al. 2015)", False),
    ],
)
def test_what_counts_as_a_shape(text, found):
    assert bool(SHAPE.search(text)) is found
