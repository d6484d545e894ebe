"""record-mnist: not run yet.

MNIST, a small CNN: the most accurate single net, and the least seconds to 99 %."""

from __future__ import annotations

from statistics import mean
from typing import Any

from .recipe import Recipe, Result
from .session import Session
from .settings import MNIST
from .summary import accuracies, accuracy_table, curves, mean_percent, rows_of, seconds

ACCURATE, FAST = 0.995, 0.99
BEST: dict[str, Any] = {
    **MNIST,
    "epochs": 30,
    "batch_size": 128,
    "augment": {"preset": "handwriting"},
    "model": {"name": "vgg", "blocks": [[32, 32], [64, 64]], "hidden": [128], "dropout": 0.3},
    "optimizer": {"name": "adamw", "lr": 0.002, "weight_decay": 0.02},
    "schedule": {"name": "cosine"},
    "average": {"kind": "ema", "decay": 0.999},
}
QUICKEST: dict[str, Any] = {
    **MNIST,
    "validation": 1000,
    "epochs": 3,
    "batch_size": 128,
    "model": {"name": "convnet", "filters": [16, 32]},
    "optimizer": {"name": "adamw", "lr": 0.006, "weight_decay": 0.02},
    "schedule": {"name": "one-cycle"},
}


def run(session: Session) -> Result:
    trained = session.compare({"to 99%": QUICKEST})
    trained |= session.compare({"most accurate": BEST})
    best, fast = accuracies(trained["most accurate"]), accuracies(trained["to 99%"])
    took = seconds(trained["to 99%"])
    return Result(
        ours=f"{mean_percent(best)}; {mean_percent(fast)} in {took:.1f} s",
        reached=mean(best) >= ACCURATE and mean(fast) >= FAST,
        figures={"test_accuracies": {"best": best, "fast": fast}, "runs": rows_of(trained)},
        tables=[accuracy_table(trained)],
        plots=[curves({"most accurate": trained["most accurate"]})],
        seconds=seconds(trained["most accurate"]),
    )


RECIPE = Recipe(
    name="record-mnist",
    did="a small CNN on MNIST: most accurate, and quickest to 99%",
    reported="–",
    bar="at least 99.5%, single net; the least seconds to 99.0%",
    run=run,
)
