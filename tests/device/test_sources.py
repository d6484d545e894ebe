"""No function of NumPy is called on data in a definition: those of the array's own module are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from chainrule.kernels import reference

FILES = sorted(Path(reference.__file__).parent.glob("*.py"))
NO_DATA = {
    *("dtype", "float32", "float64", "int32", "int64", "uint8", "uint32", "uint64"),
    *("errstate", "inf", "ndindex", "unsignedinteger"),
}
TABLES = {"normal_quantiles"}  # a function that makes constants, for any device


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_numpy_names_dtypes_and_constants_only(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    tables = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.name in TABLES]
    left_out = {id(node) for table in tables for node in ast.walk(table)}
    called = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "np"
        and id(node) not in left_out
    }
    assert called <= NO_DATA, called - NO_DATA
