"""C-ablation: not run yet; reported: curves.

CIFAR-10, one CNN with and without batch norm, dropout and augmentation."""

from __future__ import annotations

from statistics import mean
from typing import Any

from .recipe import Recipe, Result
from .session import Session
from .settings import CONVNET
from .summary import accuracies, accuracy_table, bars, curves, mean_percent, rows_of

BLOCKS = [[32], [64], [128]]
FULL: dict[str, Any] = {
    **CONVNET,
    "model": {"name": "vgg", "blocks": BLOCKS, "hidden": [128], "norm": "batch", "dropout": 0.2},
    "augment": {"preset": "crop-flip"},
}
VARIANTS: dict[str, dict[str, Any]] = {
    "all": {},
    "no batch norm": {"model": FULL["model"] | {"norm": "none"}},
    "no dropout": {"model": FULL["model"] | {"dropout": 0.0}},
    "no augmentation": {"augment": {"preset": "none"}},
    "none of them": {
        "model": FULL["model"] | {"norm": "none", "dropout": 0.0},
        "augment": {"preset": "none"},
    },
}


def run(session: Session) -> Result:
    trained = session.compare({name: FULL | changed for name, changed in VARIANTS.items()})
    found = {name: accuracies(each) for name, each in trained.items()}
    lost = {name: mean(found["all"]) - mean(each) for name, each in found.items()}
    costs = "; ".join(
        f"{name} {-100 * lost[name]:+.1f}" for name in VARIANTS if name != "all"
    )  # fmt: skip
    return Result(
        ours=f"all: {mean_percent(found['all'])}; {costs} points",
        reached=None,
        figures={"test_accuracies": found, "lost": lost, "runs": rows_of(trained)},
        tables=[accuracy_table(trained)],
        plots=[bars(found, "Test accuracy"), curves(trained)],
    )


RECIPE = Recipe(
    name="C-ablation",
    did="a CNN on CIFAR-10 without dropout, batch norm, augmentation",
    reported="curves",
    bar="a table with the spread over seeds",
    run=run,
)
