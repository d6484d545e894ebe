from __future__ import annotations

import pytest

from chainrule.config import assignments, resolve, seconds


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), ("0", 0)]
)
def test_a_setting_becomes_seconds(text: str, expected: float) -> None:
    assert seconds(resolve(assignments([f"time_budget={text}"])).time_budget) == expected
