"""A-optimizers: Adam > momentum > SGD > RMSProp (3 seeds; Intel Xeon Processor, 2 cores); reported:
curves: Adam first, SGD last.

CIFAR-10, five layers: SGD, momentum, RMSProp and Adam by loss and both accuracies, as report A.

Report A: Adam is fastest and best, plain SGD worst of all three. Here each rule has the learning
rate that validates best of three, and the order is told for every seed.
"""

from __future__ import annotations

from .optimizers import compare
from .recipe import Recipe, Result
from .session import Session


def run(session: Session) -> Result:
    return compare(
        session, ("SGD", "momentum", "RMSProp", "Adam"), "Adam first, plain SGD last"
    )  # fmt: skip


RECIPE = Recipe(
    name="A-optimizers",
    did="SGD, momentum, RMSProp and Adam on CIFAR-10: loss, training and validation accuracy",
    reported="curves: Adam first, SGD last",
    bar="the same three panels; the order over 3 seeds",
    run=run,
)
