"""D-optimizers: Adam > Nesterov > momentum > RMSProp > AdaGrad (3 seeds; Intel Xeon Processor, 2
cores); reported: curves.

CIFAR-10, five layers: momentum, Nesterov, AdaGrad, RMSProp and Adam, as report D.

Each rule has the learning rate that validates best of three, and the order is told for every seed.
Report D ends a training when the gradient's norm, or the velocity, is small: here the settings
``early_stopping.gradient_norm`` and ``early_stopping.update_norm``.
"""

from __future__ import annotations

from .optimizers import compare
from .recipe import Recipe, Result
from .session import Session


def run(session: Session) -> Result:
    return compare(
        session, ("momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam"), "curves without an order"
    )


RECIPE = Recipe(
    name="D-optimizers",
    did="momentum, Nesterov, AdaGrad, RMSProp and Adam on CIFAR-10",
    reported="curves",
    bar="the same three panels; the order over 3 seeds",
    run=run,
)
