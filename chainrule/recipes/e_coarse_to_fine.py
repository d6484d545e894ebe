"""E-coarse-to-fine: on average 78.3%, then 91.7%; best 92.72% (1 seed; Intel Xeon Processor, 2
cores); reported: advice.

MNIST, a random search in log space, coarse and then around its best: report E's advice."""

from __future__ import annotations

from dataclasses import asdict
from statistics import mean
from typing import Any

from ..data.splits import subset
from ..experiment import prepare
from .random_search import HEADER, Space, Trial, rows, search
from .recipe import Recipe, Result, Table
from .session import Session
from .settings import MNIST_MLP

IMAGES, HIDDEN, TRIALS, BEST = 2000, (100,), 30, 5


def run(session: Session) -> Result:
    coarse = [
        Trial(**t) for t in session.once("coarse", lambda: _stage(session, Space(), "coarse", 3))
    ]
    around = Space().around(coarse[:BEST])
    fine = [Trial(**t) for t in session.once("fine", lambda: _stage(session, around, "fine", 10))]
    medians = [mean(t.accuracy for t in each) for each in (coarse, fine)]
    bounds = [
        [name, *(f"{low:.2g} … {high:.2g}" for low, high in (then, now))]
        for name, then, now in zip(
            HEADER, asdict(Space()).values(), asdict(around).values(), strict=False
        )
    ]
    return Result(
        ours=f"on average {medians[0]:.1%}, then {medians[1]:.1%}; best {fine[0].accuracy:.2%}",
        reached=medians[1] > medians[0] and fine[0].accuracy >= coarse[0].accuracy,
        figures={"coarse": [asdict(t) for t in coarse], "fine": [asdict(t) for t in fine]},
        tables=[
            Table("Bounds", ["", "coarse, 3 epochs", "fine, 10 epochs"], bounds),
            Table("Best of the coarse search", HEADER, rows(coarse)),
            Table("Best of the fine search", HEADER, rows(fine)),
        ],
        notes=[f"{TRIALS} trials each on {IMAGES:,} images; the fine bounds hold the best {BEST}"],
    )


def _stage(session: Session, space: Space, key: str, epochs: int) -> list[dict[str, Any]]:
    parts = prepare(session.config(MNIST_MLP, 0))
    few = subset(parts.train, IMAGES)
    trials, epochs = session.pick((TRIALS, epochs), (4, min(epochs, 2)))
    found = search(few, parts.validation, HIDDEN, space, trials, epochs=epochs, key=f"E {key}",
                   precision=session.precision)  # fmt: skip
    return [asdict(each) for each in found]


RECIPE = Recipe(
    name="E-coarse-to-fine",
    did="random search in log space on MNIST, coarse and then fine",
    reported="advice",
    bar="the fine search finds better ones",
    run=run,
    seeds=1,
)
