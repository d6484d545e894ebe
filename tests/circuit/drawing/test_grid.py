from __future__ import annotations

from hypothesis import given

from chainrule.circuit import inputs, maximum, tanh
from chainrule.circuit.drawing.grid import columns

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
