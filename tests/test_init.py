"""The public names: all there, all lazy, the same for people and for type checkers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule as cr


def promised() -> set[str]:
    """The names that the TYPE_CHECKING block shows to editors and to mypy."""
    tree = ast.parse(Path(cr.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {name.asname for line in block.body for name in line.names}


def test_types_and_names_agree():
    assert promised() | {"__version__"} == set(dir(cr))


@pytest.mark.parametrize("name", dir(cr))
def test_every_name_is_there(name):
    assert getattr(cr, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Trainr'"):
        _ = cr.Trainr


@pytest.mark.parametrize(
    "statement",
    [
        "import chainrule",
        "import chainrule.cli.app",
    ],
)
def test_importing_loads_nothing_heavy(statement):
    heavy = ("numpy", "numba", "matplotlib", "PIL", "safetensors", "pooch", "requests")
    code = f"import sys; {statement}; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_function_keeps_its_name_when_its_module_is_imported():
    code = "import chainrule.gradient_check, chainrule as cr; print(callable(cr.gradcheck))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "True"
