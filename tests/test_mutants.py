"""The faults that ``benchmarks.mutation`` plants: each is one change, the rest stays as it is."""

from __future__ import annotations

import ast

import pytest

from benchmarks.mutants import mutants


def changes(source: str) -> list[tuple[str, str]]:
    return [(mutant.before, mutant.after) for mutant in mutants(source)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("y = a + b", [("a + b", "a - b")]),
        ("y = a < b <= c", [("a < b <= c", "a <= b <= c"), ("a < b <= c", "a < b < c")]),
        ("y = a and b", [("a and b", "a or b")]),
        ("y = -a", [("-a", "a")]),
        ("y = 0.5", [("0.5", "1.5")]),
        ("y = True", [("True", "False")]),
        ("y += x", [("y += x", "y -= x"), ("y += x", "pass")]),
        ("self.y = x", [("self.y = x", "pass")]),
        ("run(x)", [("run(x)", "pass")]),
        ("raise E(f'{1 + 2} is 3')", [("raise E(f'{1 + 2} is 3')", "pass")]),
        ("'''A text of 3 + 4.'''", []),
        ("y: Annotated[int, 3] = x", []),
        ("y = x", []),
        ("import a", []),
    ],
)
def test_what_is_changed(source, found):
    assert changes(source) == found


def test_only_the_place_is_changed_and_it_is_named():
    source = "# é: a comment\nclass A:\n    def f(self, x=2):\n        return (x - 1) * 3  # why\n"
    found = list(mutants(source))
    places = [(m.function, m.line, m.before, m.after) for m in found]
    assert places == [
        ("A.f", 3, "2", "3"),
        ("A.f", 4, "(x - 1) * 3", "(x - 1) / 3"),
        ("A.f", 4, "x - 1", "x + 1"),
        ("A.f", 4, "1", "2"),
        ("A.f", 4, "3", "4"),
    ]
    assert found[2].source == source.replace("x - 1", "(x + 1)")
    for mutant in found:
        ast.parse(mutant.source)
        assert mutant.source.startswith("# é: a comment\nclass A:")
