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
from .place import Place
from .plan import Plan
from .results import Row, by_host, complete, importance, pareto, rows, short_search, tied
from .storage import reaching

SHORT = 5  # epochs of a search that picks what starts fast


def conclude(study: Any, plan: Plan, folder: Path) -> dict[str, Any]:
    """The results as JSON values, also in ``folder/results.json``, beside ``search.html``."""
    import json

    found, record = as_record(study, plan, folder)
    atomic_write(folder / "results.json", json.dumps(record, indent=2, default=str) + "\n")
    shown = page(folder.name, plan, found, record["importance"], record["notes"])
    atomic_write(folder / "search.html", shown)
    return record


def as_record(study: Any, plan: Plan, folder: Path) -> tuple[list[Row], dict[str, Any]]:
    """The trials of a study, and they and what there is to say of them as JSON values.
    InputError if it cannot be reached."""
    with reaching(Place(study.study_name)):
        found = rows(study, plan)
        importances = importance(study, plan)
    return found, {
        "sampler": plan.sampler,
        "pruner": plan.pruner,
        "notes": said(plan, found, folder),
        "importance": importances,
        "tied_with_best": [row.number for row in tied(found)],
        "pareto": [row.number for row in pareto(found)],
        "hosts": by_host(found),
        "trials": [
            {key: value for key, value in asdict(row).items() if key != "by_epoch"}
            for row in found
        ],
    }  # fmt: skip


def said(plan: Plan, found: Sequence[Row], folder: Path) -> list[str]:
    """Sentences: the best trial, those that are as good, and what a short search would miss."""
    ended = complete(found)
    if not ended:
        return ["No trial was trained to its end.", *_running(found), *_code(found)]
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
    lines += [f"{plural(failed, 'trial')} failed."] if failed else []
    return [*lines, *_running(found), *_code(found)]


UNFINISHED = (
    ("running", "still runs", "still run"),
    ("stale", "was left by its worker", "were left by their workers"),
)


def _running(found: Sequence[Row]) -> list[str]:
    """Which trials are not at their end: those of other workers, when this one has ended."""
    lines = []
    for state, one, many in UNFINISHED:
        rest = [f"{row.number:04} on {row.host}" for row in found if row.state == state]
        if rest:
            told = one if len(rest) == 1 else many
            more = f" and {len(rest) - 10} more" if len(rest) > 10 else ""
            lines.append(f"{plural(len(rest), 'trial')} {told}: {', '.join(rest[:10])}{more}.")
    if left := sum(row.state == "stale" for row in found):
        pronoun = "it" if left == 1 else "them"
        lines.append(f"Run the search again, on any host, to resume {pronoun}.")
    return lines


def _code(found: Sequence[Row]) -> list[str]:
    """Whether trials were trained by different code, or one trial was."""
    used = {(w.get("version"), w.get("commit")) for row in found for w in row.workers}
    if len(used) < 2:
        return []
    named = sorted(f"{version}{f' ({commit[:10]})' if commit else ''}" for version, commit in used)
    return [f"Different versions of chainrule have trained these: {', '.join(named)}."]
