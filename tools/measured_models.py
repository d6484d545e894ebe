"""Write what ``chainrule models`` says of measured accuracies, from results/*.json.

python tools/measured_models.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chainrule import config
from chainrule.models.measured import TABLE

RESULTS = Path(__file__).resolve().parents[1] / "results"


def rows(results: Path = RESULTS) -> Iterator[tuple[str, dict[str, Any]]]:
    """(model, row) of each result that is a mean test accuracy of trained models."""
    for path in sorted(results.glob("*.json")):
        result = json.loads(path.read_text("utf-8"))
        if not isinstance(result, dict) or not {"test_accuracy_mean", "config"} <= result.keys():
            continue
        resolved = config.resolve(config.Settings(result["config"], place=path.name))
        row = {
            "data": resolved.data,
            "test_accuracy": round(result["test_accuracy_mean"], 6),
            "seeds": len(result["seeds"]),
            "recipe": result["name"],
        }
        yield str(resolved.model.__struct_config__.tag), row


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
