"""C-fc: 65.78% in 1,102 s (1 seed, bfloat16; Intel Xeon Processor, 2 cores); reported: about 60%.

CIFAR-10, fully connected nets: about 60 % in report C, on the original pixels."""

from __future__ import annotations

from statistics import mean
from typing import Any

from .recipe import Recipe, Result
from .session import Session
from .settings import CIFAR_MLP
from .summary import accuracies, accuracy_table, curves, mean_percent, rows_of, seconds

BAR = 0.60
DEEP: dict[str, Any] = {
    **CIFAR_MLP,
    "epochs": 60,
    "model": {"name": "mlp", "hidden": [2048, 1024, 512], "norm": "batch", "dropout": 0.1},
}
TWO_LAYERS: dict[str, Any] = {
    **CIFAR_MLP,
    "model": {"name": "mlp", "hidden": [1024], "norm": "batch", "dropout": 0.1},
}


def run(session: Session) -> Result:
    deep = session.compare({"2048-1024-512": DEEP})
    trained = {**deep, **session.compare({"two layers, 1024": TWO_LAYERS})}
    found = accuracies(trained["2048-1024-512"])
    return Result(
        ours=mean_percent(found),
        reached=mean(found) >= BAR,
        figures={"test_accuracies": found, "runs": rows_of(trained)},
        tables=[accuracy_table(trained, reported={"2048-1024-512": "60%"})],
        plots=[curves(trained)],
        seconds=seconds(trained["2048-1024-512"]),
    )


RECIPE = Recipe(
    name="C-fc",
    did="a tuned fully connected net on CIFAR-10, and a two-layer one",
    reported="about 60%",
    bar="at least 60%",
    run=run,
)
