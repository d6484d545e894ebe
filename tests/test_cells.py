from __future__ import annotations

import pytest

from chainrule.cells import SIGNS, cell, read_cell


@pytest.mark.parametrize("sign", SIGNS)
def test_no_cell_begins_as_a_formula_does(sign: str) -> None:
    assert cell(f"{sign}cmd|x") == f"'{sign}cmd|x"


@pytest.mark.parametrize("text", ["", "cat", "'", "''=", "=1", "'=1", "-", "a=b", "@x", "'90s"])
def test_a_cell_reads_back(text: str) -> None:
    assert read_cell(cell(text)) == text
