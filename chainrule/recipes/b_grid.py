"""B-grid: not run yet; reported: best lr 0.001, reg 1e-4.

CIFAR-10, report B's net over learning rates and penalties, every cell trained in full.

The report searched with short trainings and found a rate of 0.001 and a penalty of 1e-4. What a
search of 5 epochs would have chosen is told beside what the whole trainings choose.
"""

from __future__ import annotations

from typing import Any

from ..text import percent
from .b_cnn import SETTINGS
from .recipe import Recipe, Result, Table
from .session import Session, Trained
from .summary import column, heat_map, rows_of

RATES, PENALTIES = (0.1, 0.01, 0.001), (1e-4, 5e-4, 1e-3, 5e-3)
SHORT = 5


def run(session: Session) -> Result:
    rates, penalties = session.pick((RATES, PENALTIES), (RATES[:2], PENALTIES[:2]))
    cells = {(rate, reg): f"lr {rate:g} reg {reg:g}" for rate in rates for reg in penalties}
    trained = session.compare({name: _settings(*cell) for cell, name in cells.items()}, seeds=[0])
    found = {cell: trained[name][0] for cell, name in cells.items()}
    best = max(found, key=lambda cell: found[cell].validation)
    hasty = max(found, key=lambda cell: after(found[cell], SHORT))
    rows, columns = [f"{rate:g}" for rate in rates], [f"{reg:g}" for reg in penalties]

    def table(value: Any) -> list[list[float]]:
        return [[value(found[rate, reg]) for reg in penalties] for rate in rates]

    names = ("learning rate", "L2 penalty")
    return Result(
        ours=f"best lr {best[0]:g}, reg {best[1]:g}: {percent(found[best].accuracy, 2)}",
        reached=None,
        figures={"best": best, "chosen_after_5_epochs": hasty, "runs": rows_of(trained)},
        tables=[
            Table(
                "Chosen by validation",
                ["search", "learning rate", "penalty", "its test accuracy after 20 epochs"],
                [
                    ["the report's", "0.001", "0.0001", "61.3–62.6%"],
                    [f"{SHORT} epochs a cell", *_said(hasty, found)],
                    ["20 epochs a cell", *_said(best, found)],
                ],
            )
        ],
        plots=[
            heat_map(
                table(lambda one: one.validation), rows, columns,
                "Validation accuracy after 20 epochs", names,
            ),
            heat_map(
                table(lambda one: after(one, SHORT)), rows, columns,
                f"Validation accuracy after {SHORT} epochs of the same trainings", names,
            ),
        ],
        notes=[
            f"a search of {SHORT} epochs would have chosen lr {hasty[0]:g}, reg {hasty[1]:g}, and "
            f"lost {100 * (found[best].accuracy - found[hasty].accuracy):.1f} points"
        ],
    )  # fmt: skip


def _settings(rate: float, reg: float) -> dict[str, Any]:
    return {
        **SETTINGS,
        "optimizer": {"name": "sgd", "lr": rate, "momentum": 0.9},
        "loss": {"name": "cross-entropy", "reg": reg},
    }


def after(trained: Trained, epochs: int) -> float:
    """The best validation accuracy of the first ``epochs`` epochs."""
    return float(column([trained], "validation_accuracy")[0][:epochs].max())


def _said(cell: tuple[float, float], found: dict[tuple[float, float], Trained]) -> list[str]:
    return [f"{cell[0]:g}", f"{cell[1]:g}", percent(found[cell].accuracy, 2)]


RECIPE = Recipe(
    name="B-grid",
    did="learning rate x penalty of report B's net on CIFAR-10, as a heat map",
    reported="best lr 0.001, reg 1e-4",
    bar="all 20 epochs for every cell",
    run=run,
    seeds=1,
)
