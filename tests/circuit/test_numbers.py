from __future__ import annotations

import pytest

from chainrule.circuit.numbers import show


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.0, "1"), (-0.0, "0"), (0.19661, "0.1966"), (123456, "1.235e5"), (-2e-10, "-2e-10")],
)
def test_show(number, text):
    assert show(number) == text


def test_show_nothing():
    assert show(None) == ""
