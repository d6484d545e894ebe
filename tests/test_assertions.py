"""Every test can fail: it asserts, expects an error, or calls something here that does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
EXPECTING = {"fail", "raises", "warns"}


def called(node: ast.AST) -> Iterator[str]:
    """The names of the functions that are called in ``node``."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield getattr(each.func, "attr", getattr(each.func, "id", ""))


def says_no(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Assert) for each in ast.walk(node)) or any(
        name in EXPECTING or name.startswith("assert_") or name == "AssertionError"
        for name in called(node)
    )


def without_assertion(trees: list[ast.Module]) -> list[str]:
    """The tests that neither assert nor call, however indirectly, a helper that does.

    Helpers are known by name alone: of two with one name, one that asserts will do.
    """
    functions = [
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    ]
    sure: set[str] = set()
    rest = functions
    while found := [node for node in rest if says_no(node) or sure & set(called(node))]:
        rest = [node for node in rest if node not in found]
        sure |= {node.name for node in found}
    return sorted(node.name for node in rest if node.name.startswith("test_"))


def test_every_test_asserts():
    trees = [ast.parse(path.read_text("utf-8")) for path in TESTS.rglob("*.py")]
    assert len(trees) > 100
    assert without_assertion(trees) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_a():\n    run()", ["test_a"]),
        ("def test_a():\n    assert run()", []),
        ("def test_a():\n    with pytest.raises(E):\n        run()", []),
        ("def test_a():\n    np.testing.assert_equal(1, run())", []),
        ("def test_a():\n    check()\ndef check():\n    more()\ndef more():\n    assert run()", []),
        ("def test_a():\n    check()\ndef check():\n    test_a()", ["test_a"]),
    ],
)
def test_an_empty_test_is_found(source, found):
    assert without_assertion([ast.parse(source)]) == found
