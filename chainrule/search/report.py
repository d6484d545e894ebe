"""What a search says at its end, in the terminal, as JSON and as its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..files import atomic_write
from ..printable import printable
from ..text import percent, plural
from .page import page
from .plan import Plan
from .results import Row, complete, importance, pareto, rows, short_search, tied

SHORT = 5  # epochs of a search that picks what starts fast


def conclude(study: Any, plan: Plan, folder: Path) -> dict[str, Any]:
    """The results as JSON values, also in ``folder/results.json``, beside ``search.html``."""
    import json

    found = rows(study, plan)
    importances = importance(study, plan)
    notes = said(plan, found, folder)
    record = {
        "sampler": plan.sampler,
        "pruner": plan.pruner,
        "notes": notes,
        "importance": importances,
        "tied_with_best": [row.number for row in tied(found)],
        "pareto": [row.number for row in pareto(found)],
        "trials": [
            {key: value for key, value in asdict(row).items() if key != "by_epoch"}
            for row in found
        ],
    }  # fmt: skip
    atomic_write(folder / "results.json", json.dumps(record, indent=2, default=str) + "\n")
    atomic_write(folder / "search.html", page(folder.name, plan, found, importances, notes))
    return record


def said(plan: Plan, found: Sequence[Row], folder: Path) -> list[str]:
    """Sentences: the best trial, those that are as good, and what a short search would miss."""
    ended = complete(found)
    if not ended:
        return ["No trial was trained to its end."]
    best, equal = ended[0], tied(found)
    lines = [
        f"Best: trial {best.number:04} with a validation accuracy of "
        f"{percent(best.accuracy or 0, 2)}; its run is "
        f"{printable(folder / 'trials' / f'{best.number:04}')}."
    ]
    if len(equal) > 1:
        others = ", ".join(f"{row.number:04}" for row in equal[1:11])
        more = f" and {len(equal) - 11} more" if len(equal) > 11 else ""
        lines.append(
            f"On {plural(best.count, 'validation image')} it cannot be told from "
            f"{others}{more}: take the simplest or the quickest of them."
        )
    quickest = min(equal, key=lambda row: row.seconds or 0)
    if quickest.number != best.number:
        lines.append(f"The quickest of these is trial {quickest.number:04}.")
    hasty = short_search(found, SHORT)
    epochs = best.epochs or 0
    if hasty is not None and epochs > 2 * SHORT and hasty not in equal:
        lines.append(
            f"A search of {SHORT} epochs would have chosen trial {hasty.number:04}, which ends at "
            f"{percent(hasty.accuracy or 0, 2)}: what starts fast may end badly."
        )
    pruned = sum(row.state == "pruned" for row in found)
    if pruned:
        lines.append(
            f"{plural(pruned, 'trial')} ended early by {plan.pruner}: settings that start slowly, "
            "such as small learning rates, may have been given up too soon."
        )
    failed = sum(row.state == "fail" for row in found)
    return [*lines, f"{plural(failed, 'trial')} failed."] if failed else lines
