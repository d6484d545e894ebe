"""A-mnist-mlp: 98.51 ± 0.04% in 11 s (3 seeds; Intel Xeon Processor, 2 cores); reported: 98.05%.

MNIST, fully connected 784-256-128-64-10, Adam, batch norm, dropout: report A's net.

Report A reached 98.05 % on the test images. Learning rate and dropout were chosen among 1e-3, 3e-3,
6e-3 and 0.1, 0.2, 0.3 by the accuracy on the 5,000 validation images.
"""

from __future__ import annotations

from .recipe import Recipe, Result
from .session import Session
from .settings import MNIST_MLP
from .summary import against_bar

BAR = 0.983


def run(session: Session) -> Result:
    return against_bar(session, "784-256-128-64-10", MNIST_MLP, BAR, "98.05%")


RECIPE = Recipe(
    name="A-mnist-mlp",
    did="784-256-128-64-10 with batch norm, dropout and Adam on MNIST",
    reported="98.05%",
    bar="at least 98.3%",
    run=run,
)
