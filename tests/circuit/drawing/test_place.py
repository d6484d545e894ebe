from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from chainrule.circuit import inputs, report_e, tanh
from chainrule.circuit.drawing.grid import arrange, columns
from chainrule.circuit.drawing.place import GAP, place, reach

from ..circuits import circuits


def placed(circuit):
    grid = columns(circuit)
    arrange(grid)
    return grid, place(grid)


@given(circuits())
def test_slots_of_a_column_have_room(circuit):
    grid, _ = placed(circuit)
    for column in grid:
        for upper, lower in pairwise(column):
            assert lower.y - upper.y >= reach(upper)[1] + GAP + reach(lower)[0] - 1e-6


def test_a_chain_lies_on_one_line():
    grid, _ = placed(report_e())
    chain = [slot.y for column in grid[3:] for slot in column]
    assert chain == pytest.approx([chain[0]] * 5)
    (x,) = inputs(x=1)
    grid, _ = placed(tanh(tanh(x)).circuit())
    assert {slot.y for column in grid for slot in column} == {0.0}


def test_a_gate_lies_between_its_inputs():
    grid, offset = placed(report_e())
    product = grid[1][0]
    above, below = (link.left.y for link in product.feeds)
    assert product.y == pytest.approx((above + below) / 2)
    assert [offset[link] for link in product.feeds] == [-10, 10]
