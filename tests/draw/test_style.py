from __future__ import annotations

import pytest

from chainrule.draw.style import STYLE, compact
from chainrule.report import svg


@pytest.mark.parametrize(
    ("value", "text"), [(0.631, "0.63"), (0.00242, "0.0024"), (3.02e-7, "3e-7"), (1.0, "1")]
)
def test_two_digits(value, text):
    assert compact(value) == text


def test_no_stand_in_of_the_page_is_left():
    assert not set(STYLE.values()) & set(svg.THEME)
