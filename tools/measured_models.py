"""Write what ``chainrule models`` says of measured accuracies, from results/*.json.

python tools/measured_models.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from chainrule import config
from chainrule.models.measured import TABLE

RESULTS = Path(__file__).resolve().parents[1] / "results"


def rows(results: Path = RESULTS) -> Iterator[tuple[str, dict[str, Any]]]:
    """(model, row) of each mean test accuracy in a recipe's result."""
    for path in sorted(results.glob("*.json")):
        result = json.loads(path.read_text("utf-8"))
        if not isinstance(result, Mapping) or result.get("quick"):
            continue
        for model, data, accuracies in trainings(result, path.name):
            yield (
                model,
                {
                    "data": data,
                    "test_accuracy": round(mean(accuracies), 6),
                    "seeds": len(accuracies),
                    "recipe": result["name"],
                },
            )


def trainings(result: Mapping[str, Any], place: str) -> Iterator[tuple[str, str, list[float]]]:
    """(model, data, test accuracies) of trainings that differ by their seed alone: of all, where
    the result has one ``config``, or of each of its ``runs`` that say their model and data."""
    if {"test_accuracy_mean", "config", "seeds"} <= result.keys():
        settings = config.resolve(config.Settings(result["config"], place=place))
        model = str(settings.model.__struct_config__.tag)
        yield model, settings.data, [seed["test_accuracy"] for seed in result["seeds"]]
    figures = result.get("figures")
    runs = figures.get("runs") if isinstance(figures, Mapping) else None
    for seeds in runs.values() if isinstance(runs, Mapping) else ():
        if not seeds or not all({"model", "data", "test_accuracy"} <= s.keys() for s in seeds):
            continue
        first = seeds[0]
        if first["model"] is not None:  # else a net of the recipe's own
            yield first["model"], first["data"], [seed["test_accuracy"] for seed in seeds]


def text(results: Path = RESULTS) -> str:
    """The table: the best of each model on each data set."""
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for model, row in rows(results):
        key = model, row["data"]
        if key not in best or row["test_accuracy"] > best[key]["test_accuracy"]:
            best[key] = row
    table: dict[str, list[dict[str, Any]]] = {}
    for (model, _), row in sorted(best.items()):
        table.setdefault(model, []).append(row)
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TABLE.write_text(text(), "utf-8")
