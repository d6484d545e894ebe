"""A-cifar-mlp: 62.70 ± 0.40% in 408 s (3 seeds, bfloat16; Intel Xeon Processor, 2 cores); reported:
54%.

CIFAR-10, a fully connected net, 54 % in report A."""

from __future__ import annotations

from .recipe import Recipe, Result
from .session import Session
from .settings import CIFAR_MLP
from .summary import against_bar

BAR = 0.56


def run(session: Session) -> Result:
    return against_bar(session, "MLP", CIFAR_MLP, BAR, "54%")


RECIPE = Recipe(
    name="A-cifar-mlp",
    did="a fully connected net on CIFAR-10",
    reported="54%",
    bar="at least 56%",
    run=run,
)
