"""D-norms: not run yet; reported: GN and SN hold at small batches.

CIFAR-10, one CNN under batch, layer, instance, group and switchable norm, and none, at batches
of 2, 8, 32 and 128.

Report D claims that group and switchable norm hold at small batches where batch norm falls. Each
batch size has 10,000 training images, 5 epochs and its own rate, 0.001 · √(batch / 128).
"""

from __future__ import annotations

from typing import Any

from .recipe import Recipe, Result, Table
from .session import Session
from .settings import CONVNET
from .summary import accuracies, heat_map, mean_percent, rows_of

BATCHES = (2, 8, 32, 128)
NORMS = {"none": "none", "BN": "batch", "LN": "layer", "IN": "instance", "GN": "group",
         "SN": "switchable"}  # fmt: skip
FALLS, HOLDS = 0.03, 0.03
"""How far below its own at 32 each is at 2: batch norm at least, group and switchable at most."""


def run(session: Session) -> Result:
    batches = session.pick(BATCHES, (8, 32))
    cells = {(norm, batch): f"{norm} {batch}" for norm in NORMS for batch in batches}
    trained = session.compare({name: _settings(*cell) for cell, name in cells.items()})
    found = {cell: accuracies(trained[name]) for cell, name in cells.items()}
    small, large = batches[0], 32
    drops = {
        norm: (sum(found[norm, large]) - sum(found[norm, small])) / len(found[norm, small])
        for norm in NORMS
    }
    holds = drops["BN"] >= FALLS and max(drops["GN"], drops["SN"]) < HOLDS
    rows = [[norm, *(mean_percent(found[norm, batch]) for batch in batches)] for norm in NORMS]
    return Result(
        ours=f"from batch {large} to {small}: "
        + ", ".join(f"{norm} {-100 * drop:+.1f}" for norm, drop in drops.items()),
        reached=holds,
        figures={"drops": drops, "runs": rows_of(trained)},
        tables=[Table("Test accuracy", ["norm", *(f"batch {b}" for b in batches)], rows)],
        plots=[
            heat_map(
                [[sum(found[n, b]) / len(found[n, b]) for b in batches] for n in NORMS],
                list(NORMS), [str(b) for b in batches], "Test accuracy", ("norm", "batch size"),
            )
        ],
    )  # fmt: skip


def _settings(norm: str, batch: int) -> dict[str, Any]:
    return {
        **CONVNET,
        "epochs": 5,
        "batch_size": batch,
        "max_train_images": 10_000,
        "model": {"name": "convnet", "filters": [32, 64], "norm": NORMS[norm]},
        "optimizer": {"name": "adam", "lr": 0.001 * (batch / 128) ** 0.5},
    }


RECIPE = Recipe(
    name="D-norms",
    did="no norm, BN, LN, IN, GN, SN on one CNN, CIFAR-10, at batch 2, 8, 32, 128",
    reported="GN and SN hold at small batches",
    bar="GN and SN hold at 2 where BN falls",
    run=run,
    seeds=1,
    quick={"max_train_images": 200},
)
