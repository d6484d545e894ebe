"""No check of these tests is cut short by the clock."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _unhurried(unhurried: None) -> None:
    pass
