from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from chainrule import kernels

from . import fake, strict


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[strict.State]:
    """Two GPUs that are none, on the reference kernels; what is known of them may be changed."""
    monkeypatch.setitem(sys.modules, "cupy", fake.cupy())
    strict.STATE.__init__()  # type: ignore[misc]
    with kernels.use("reference"):
        yield strict.STATE
