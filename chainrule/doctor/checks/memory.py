"""The training fits the memory."""

from __future__ import annotations

from ...cost import available_memory
from ...text import size
from ..check import Check
from ..context import CheckContext

NAME = "memory"
FULL = 0.9


def check(context: CheckContext) -> Check:
    """Bytes that a training will take yet, over those available."""
    estimated = context.estimate
    available = available_memory() or estimated.memory.needed
    number = estimated.memory.needed / max(1, available)
    shown = f"{size(estimated.memory.needed)} of {size(available)} available"
    rule = f"at most {FULL:.0%}"
    if number <= FULL:
        return Check(NAME, "ok", number, shown, rule)
    fits = estimated.memory.fits(int(FULL * available)) * context.accumulate
    return Check(
        NAME, "failed" if number > 1 else "warning", number, shown, rule,
        f"a batch of {context.batch_size} needs too much",
        f"batch_size={fits}, or keep it and set accumulate" if fits else "a smaller model",
    )  # fmt: skip
