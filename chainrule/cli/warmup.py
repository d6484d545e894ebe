"""chainrule warmup"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from . import choices
from .show import say


def warmup(
    *,
    model: Annotated[
        list[str] | None,
        Parameter(
            negative=(),
            help="Only for this kind of model. Repeatable.",
            completer=choices.MODELS,
        ),
    ] = None,
) -> None:
    """Compile the kernels that models, optimizers and losses need, and keep them on disk.

    Else each is compiled when it is first used. They are compiled again after an upgrade of
    chainrule, Numba or Python, and on another processor.
    """
    from ..warmup import Stage, warm_up

    def begin(name: str) -> None:
        say(f"{name:<14}", end="")

    def end(stage: Stage) -> None:
        say(f"{stage.seconds:7.1f} s {stage.compiled:5} compiled")

    stages = warm_up(model, begin, end)
    if not stages:
        say("all kernels are compiled already")
        return
    total, seconds = sum(s.compiled for s in stages), sum(s.seconds for s in stages)
    say(f"{total} kernels compiled, once for this machine, in {seconds:.1f} s")
