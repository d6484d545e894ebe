"""What accuracies were measured of a kind of model; ``tools/measured_models.py`` writes the table.

It comes from ``results/``, which is not in the package, and holds for each model and data set the
best mean of a recipe, so that ``chainrule reproduce RECIPE`` measures it again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("measured.json")


@dataclass(frozen=True)
class Measured:
    """The mean test accuracy over ``seeds`` trainings by ``recipe``."""

    data: str
    test_accuracy: float
    seeds: int
    recipe: str

    def __str__(self) -> str:
        return f"{self.test_accuracy:.2%} on {self.data} ({self.recipe})"


@cache
def measured() -> dict[str, tuple[Measured, ...]]:
    """By the name of a model; one that is not there was not measured by a recipe.

    >>> all(0 < best.test_accuracy <= 1 for rows in measured().values() for best in rows)
    True
    """
    table = json.loads(TABLE.read_text("utf-8"))
    return {name: tuple(Measured(**row) for row in rows) for name, rows in table.items()}
