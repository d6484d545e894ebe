from __future__ import annotations

from hypothesis import given

from chainrule.circuit import inputs, maximum, report_e, tanh
from chainrule.circuit.drawing.grid import arrange, columns, crossings, ports

from ..circuits import circuits


def test_a_gate_stands_one_column_after_its_furthest_input():
    x, y, z = inputs(x=1, y=2, z=3)
    grid = columns(((x + y) * z).circuit())
    homes = {s.source.label: s.column for column in grid for s in column if not s.passing}
    assert homes == {"x": 0, "y": 0, "z": 0, "x + y": 1, "… × z": 2}
    assert [s.source.name for s in grid[1] if s.passing] == ["z"]


def test_inputs_needed_late_start_near_their_gate():
    x, late = inputs(x=1, late=2)
    f = tanh(tanh(tanh(tanh(tanh(x))))) + late
    grid = columns(maximum(f, 0).circuit())
    assert [s.source.name for s in grid[0]] == ["x"]
    assert {s.source.name for s in grid[5] if s.source.gate is None} == {"late"}
    assert {s.source.name for s in grid[6] if s.source.gate is None} == {"0"}, "and constants"


@given(circuits())
def test_links_join_neighboring_columns_and_feed_every_port(circuit):
    for column in columns(circuit):
        for slot in column:
            for link in slot.uses:
                assert link.right.column == slot.column + 1
            if slot.passing:
                assert slot.uses, "no wire ends in the middle of nowhere"
            elif slot.source.gate is not None:
                assert [link.left.source for link in slot.feeds] == list(slot.source.inputs)


def test_a_tree_has_no_crossings():
    grid = columns(report_e())
    arrange(grid)
    assert crossings(grid) == 0
    assert [slot.source.name for slot in grid[0]] == ["w0", "x0", "w1", "x1", "w2"]


def test_crossings_that_need_not_be_are_removed():
    a, b, c, d = inputs(a=1, b=2, c=3, d=4)
    p, q = a * b, c * d
    grid = columns(((q + p) * (p - q)).circuit())
    arrange(grid)
    assert crossings(grid) <= 1


def test_inputs_of_a_difference_keep_their_sides():
    x, y = inputs(x=1, y=2)
    grid = columns(((x - y) * (y - x) * (y + x)).circuit())
    arrange(grid)
    for column in grid:
        for slot in column:
            names = [link.left.source.name for link in ports(slot)]
            if slot.source.gate is not None and slot.source.gate.ordered:
                assert names == [x.name for x in slot.source.inputs]
            elif set(names) == {"x", "y"}:
                assert names == [s.source.name for s in grid[0]], "a sum's need not cross"


@given(circuits())
def test_arranging_never_makes_more_crossings(circuit):
    grid = columns(circuit)
    before = [set(column) for column in grid]
    for column in grid:
        for position, slot in enumerate(column):
            slot.position = position
    first = crossings(grid)
    arrange(grid)
    assert crossings(grid) <= first
    assert [set(column) for column in grid] == before
