"""What every test may use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings

# A compiled kernel's first call takes seconds, and the same examples on every machine make a
# failure repeatable.
settings.register_profile("chainrule", deadline=None, derandomize=True, database=None)
settings.load_profile("chainrule")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
