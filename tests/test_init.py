"""The public names: all there, all lazy, the same for people and for type checkers."""

from __future__ import annotations

import ast
import pydoc
import re
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule as cr


def promised() -> set[str]:
    """The names that the TYPE_CHECKING block shows to editors and to mypy."""
    tree = ast.parse(Path(cr.__file__).read_text("utf-8"))
    blocks = (node for node in tree.body if isinstance(node, ast.If))
    block = next(node for node in blocks if ast.unparse(node.test) == "TYPE_CHECKING")
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert all(name.asname == name.name for line in imports for name in line.names)
    values = {node.target.id for node in block.body if isinstance(node, ast.AnnAssign)}
    return {name.name for line in imports for name in line.names} | values


def test_types_dir_all_and_help_agree():
    assert sorted(promised()) == dir(cr) == cr.__all__
    shown = pydoc.plain(pydoc.render_doc(cr))
    named = [*(name for name in dir(cr) if name != "__version__"), "VERSION"]
    assert [name for name in named if not re.search(rf"\b{name}\b", shown)] == []


def test_a_star_brings_them_all():
    scope: dict[str, object] = {}
    exec("from chainrule import *", scope)
    assert set(dir(cr)) <= set(scope)


def test_all_that_people_use_directly_is_there():
    """Modules that a documentation page or an error message sends people to."""
    modules = "architecture circuit config ensemble experiment kernels metrics penalties random"
    assert {*modules.split(), "schedules", "training"} <= set(dir(cr))


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
