"""What multiplies here in each precision, in words: for the header of a run, doctor and bench."""

from __future__ import annotations

import warnings

from .. import compat
from ..errors import ChainruleWarning
from .precision import Precision, known

TILES = "AMX tiles"
FACTORS = "float32, factors rounded to bfloat16"


def instructions(precision: Precision) -> str:
    """What a product of this precision is made with on this machine, as a run records it."""
    if known(precision) in ("float32", "float32-strict"):
        return "float32"
    if _tiles():
        return TILES
    if precision == "bfloat16":
        return FACTORS
    return "float32" if compat.has_numba() else "float32, three products of bfloat16 numbers"


def described(precision: Precision) -> str:
    """The same in a line for a person, with what it means where there are no instructions for it.

    >>> described("float32")
    'float32'
    """
    made = instructions(precision)
    if made == "float32" and precision != "bf16x3":
        return precision
    if made == TILES:
        return f"{precision} on {TILES}"
    if precision == "bfloat16":
        return (
            "bfloat16: no AMX here, factors are rounded and multiplied in float32: the same "
            "results, not faster"
        )
    if made == "float32":
        return "bf16x3: no AMX here, multiplied in float32, which is more exact"
    return "bf16x3: neither AMX nor Numba here, made of three products in float32, not faster"


_told: set[str] = set()


def tell(precision: Precision) -> None:
    """Warn, once a process, that a precision has no instructions of its own here."""
    if precision not in _told and ":" in (said := described(precision)):
        _told.add(precision)
        warnings.warn(said, ChainruleWarning, stacklevel=3)  # of the trainer's caller


def told(precision: Precision) -> str:
    """What `described` says, where a person reads it: it need not be said again."""
    _told.add(precision)
    return described(precision)


def _tiles() -> bool:
    if not compat.has_numba():
        return False
    from . import fastest

    fastest()  # imports ``cpu`` under the lock that a fork waits for
    from .cpu.amx import support

    return support.available()
