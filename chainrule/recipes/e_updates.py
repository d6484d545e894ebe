"""E-updates: 4 of 4 rows better, 63x as fast or more (3 seeds; Intel Xeon Processor, 2 cores);
reported: 94.90 to 96.22% in 4,473 to 5,506 s.

MNIST, 784-300-150-10 under four update rules with batches of 10: report E's first table."""

from __future__ import annotations

from .mnist_rows import Row, compare
from .recipe import Recipe, Result
from .session import Session

ROWS = {
    "Adam": Row(0.9490, 4974, {"batch_size": 10, "optimizer": {"name": "adam", "lr": 0.001}}),
    "momentum": Row(
        0.9602, 4583, {"batch_size": 10, "optimizer": {"name": "sgd", "lr": 0.01, "momentum": 0.9}}
    ),
    "RMSProp": Row(0.9576, 5506, {"batch_size": 10, "optimizer": {"name": "rmsprop", "lr": 0.001}}),
    "SGD": Row(0.9622, 4473, {"batch_size": 10, "optimizer": {"name": "sgd", "lr": 0.01}}),
}


def run(session: Session) -> Result:
    return compare(session, ROWS)


RECIPE = Recipe(
    name="E-updates",
    did="four update rules on MNIST, batches of 10",
    reported="94.90 to 96.22% in 4,473 to 5,506 s",
    bar="every row's accuracy in at most 1/50 of its time",
    run=run,
)
