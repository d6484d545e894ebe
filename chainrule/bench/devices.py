"""What `chainrule bench` can do on which device, and whether that device is there."""

from __future__ import annotations

from ..device import device as named
from ..errors import InputError

WHOLE_STEPS = "nets"


def check(device: str, mode: str, *, cold: bool = False) -> None:
    """InputError for an unknown device, one that is not there, and a mode that is of CPUs.

    >>> check("cpu", "latency")
    """
    if device == "cpu":
        return
    named(device)
    other = "cold" if cold else mode
    if other != WHOLE_STEPS:
        raise InputError(
            f"--{other}: expected --device cpu, received {device}; on a GPU whole steps are timed"
        )


def described(device: str) -> str:
    """The device and the name of its card."""
    return named(device).described
