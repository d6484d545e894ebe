"""CIFAR-10, a fully connected net, 54 % in report A."""

from __future__ import annotations

from statistics import mean

from .recipe import Recipe, Result
from .session import Session
from .settings import CIFAR_MLP
from .summary import accuracies, accuracy_table, curves, mean_percent, rows_of, seconds

BAR = 0.56


def run(session: Session) -> Result:
    trained = session.compare({"MLP": CIFAR_MLP})
    (every,) = trained.values()
    found = accuracies(every)
    return Result(
        ours=mean_percent(found),
        reached=mean(found) >= BAR,
        figures={"test_accuracies": found, "runs": rows_of(trained)},
        tables=[accuracy_table(trained, reported={"MLP": "54%"})],
        plots=[curves(trained)],
        seconds=seconds(every),
    )


RECIPE = Recipe(
    name="A-cifar-mlp",
    did="a fully connected net on CIFAR-10",
    reported="54%",
    bar="at least 56%",
    run=run,
)
