"""Memory of this process in bytes, as the kernel counts it; nan where it cannot be asked."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

STATUS = Path("/proc/self/status")


def now() -> float:
    """The pages that are in memory (VmRSS)."""
    return _line("VmRSS")


def peak() -> float:
    """The most that ever were (VmHWM), since the start or ``forget_peak``."""
    return _line("VmHWM")


def forget_peak() -> None:
    """Let the peak be what is in memory now. Where that is refused, the old one stays."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _line(name: str) -> float:
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    except OSError:
        found = None
    return 1024.0 * int(found[1]) if found else float("nan")
