"""A CuPy for machines without a GPU."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chainrule.kernels import REFERENCE_MODULES, overlay
from chainrule.kernels.gpu import MODULES, cubins, launch, trial

from . import fake_cupy, host


@pytest.fixture
def gpu(monkeypatch):
    """The kernels for CuPy arrays, as they would be on a GPU that runs cubins."""
    if host.COMPILER is None:
        pytest.skip("needs a C++ compiler")
    for name, module in fake_cupy.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(
        cubins, "find", lambda variant, arch: Path(variant.file(arch)), raising=True
    )
    caches = launch.forget, cubins.forget, trial.forget
    for forget in caches:
        forget()
    yield overlay(*REFERENCE_MODULES, *MODULES)
    for forget in caches:
        forget()
