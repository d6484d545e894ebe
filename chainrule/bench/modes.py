"""What ``chainrule bench`` can do: each mode by the name that its records have in a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .compare import compare
from .denormals import denormals
from .kernels.compare import kernels
from .latency import latency
from .neighbor import neighbor
from .options import BenchOptions, Say
from .profile import profile
from .scaling import scaling

MODES: dict[str, Callable[[BenchOptions, Say], Iterator[dict[str, Any]]]] = {
    "nets": compare,
    "layers": profile,
    "kernels": kernels,
    "growth": scaling,
    "denormals": denormals,
    "latency": latency,
    "neighbor": neighbor,
}
