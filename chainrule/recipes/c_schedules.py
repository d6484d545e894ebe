"""C-schedules: step best: 74.49 ± 0.72% (3 seeds, bfloat16; Intel Xeon Processor, 2 cores);
reported: curves.

CIFAR-10, report C's four schedules of the learning rate, and a constant one, on one CNN."""

from __future__ import annotations

from typing import Any

from .recipe import Recipe, Result
from .session import Session
from .settings import CONVNET
from .summary import accuracies, accuracy_table, bars, curves, mean_percent, rows_of

SCHEDULES: dict[str, dict[str, Any]] = {
    "constant": {"name": "constant"},
    "step": {"name": "multi-step", "factor": 0.1},
    "cosine": {"name": "cosine"},
    "linear": {"name": "linear"},
    "inverse square root": {"name": "inverse-sqrt"},
}


def run(session: Session) -> Result:
    trained = session.compare(
        {name: {**CONVNET, "schedule": schedule} for name, schedule in SCHEDULES.items()}
    )
    found = {name: accuracies(each) for name, each in trained.items()}
    best = max(trained, key=lambda name: sum(one.validation for one in trained[name]))
    return Result(
        ours=f"{best} best: {mean_percent(found[best])}",
        reached=None,
        figures={"test_accuracies": found, "runs": rows_of(trained)},
        tables=[accuracy_table(trained)],
        plots=[
            bars(found, "Test accuracy by schedule"),
            curves(trained, ("lr", "loss", "validation_accuracy")),
        ],
    )


RECIPE = Recipe(
    name="C-schedules",
    did="step, cosine, linear and inverse square root schedules on CIFAR-10",
    reported="curves",
    bar="a table with the spread over seeds",
    run=run,
)
