"""What every test may use."""

from __future__ import annotations

import itertools
import signal
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import settings

# A compiled kernel's first call takes seconds, and the same examples on every machine make a
# failure repeatable.
settings.register_profile("chainrule", deadline=None, derandomize=True, database=None)
settings.load_profile("chainrule")


# What a shell or a CI service may set, and what changes what is printed or fetched.
STYLE = (
    *("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"),
    *("TTY_COMPATIBLE", "TTY_INTERACTIVE", "JUPYTER_COLUMNS", "CHAINRULE_MIRROR"),
    *("CHAINRULE_STUDY", "MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE"),
)


@pytest.fixture(scope="session", autouse=True)
def plain_environment() -> Iterator[None]:
    """No wishes about widths and colors, here and in programs that are started."""
    with pytest.MonkeyPatch.context() as patch:
        for name in STYLE:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard, here and in programs that are started: the background jobs of a shell
    without job control begin with SIGINT ignored, and hand that on."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A doctor with all the time that it wants: on a busy machine it skips what takes too long,
    or has fewer steps to judge by."""
    import chainrule.doctor as doctor

    ticks = itertools.count()
    for name, module in list(sys.modules.items()):
        if name.startswith(doctor.__name__) and hasattr(module, "perf_counter"):
            monkeypatch.setattr(module, "perf_counter", lambda: next(ticks) * 1e-6)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
