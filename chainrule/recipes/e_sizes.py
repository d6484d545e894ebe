"""E-sizes: 6 of 6 rows better, 85x as fast or more (3 seeds; Intel Xeon Processor, 2 cores);
reported: 94.03 to 97.33% in 414 to 4,583 s.

MNIST, nets of six sizes and batches under momentum: report E's second table."""

from __future__ import annotations

from collections.abc import Sequence

from .mnist_rows import Row, compare
from .recipe import Recipe, Result
from .session import Session


def _row(accuracy: float, seconds: float, hidden: Sequence[int], batch: int) -> Row:
    model = {"name": "mlp", "hidden": list(hidden), "norm": "batch", "dropout": 0.0}
    return Row(accuracy, seconds, {"batch_size": batch, "model": model})


ROWS = {
    "300-150, batch 10": _row(0.9602, 4583, (300, 150), 10),
    "300-150, batch 100": _row(0.9733, 1158, (300, 150), 100),
    "300-150, batch 200": _row(0.9672, 521, (300, 150), 200),
    "100-30, batch 100": _row(0.9403, 490, (100, 30), 100),
    "500, batch 100": _row(0.9698, 1436, (500,), 100),
    "100, batch 100": _row(0.9610, 414, (100,), 100),
}


def run(session: Session) -> Result:
    return compare(session, ROWS)


RECIPE = Recipe(
    name="E-sizes",
    did="nets of six sizes and batches on MNIST under momentum",
    reported="94.03 to 97.33% in 414 to 4,583 s",
    bar="every row's accuracy in at most 1/50 of its time",
    run=run,
)
