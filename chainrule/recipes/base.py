"""What a recipe is, and how one is run: every seed a run, one JSON for all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from .. import config as configuration
from .. import experiment, machine
from ..errors import InputError
from ..files import atomic_write
from ..public import old_keywords
from ..training.callbacks import Callback


@dataclass(frozen=True)
class Recipe:
    """A claim and the settings that back it. ``bar`` is the mean test accuracy to reach."""

    name: str
    claim: str
    config: Mapping[str, Any]
    reported: Mapping[str, float]
    bar: float
    seeds: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True)
class Demonstration:
    """A claim that is backed by something else than trained runs.

    ``run(data_dir)`` returns what was seen: "reached", whether the claim holds; "summary", lines
    for a person; and figures for the result's file. ``quick(data_dir)`` goes the same way with
    numbers too small to hold the claim against.
    """

    name: str
    claim: str
    run: Callable[[str | None], Mapping[str, Any]]
    quick: Callable[[str | None], Mapping[str, Any]] | None = None


@old_keywords(watch="callbacks")
def reproduce(
    recipe: Recipe,
    runs: str | os.PathLike[str],
    results: str | os.PathLike[str],
    *,
    seeds: Sequence[int] | None = None,
    data_dir: str | None = None,
    callbacks: Sequence[Callback] = (),
) -> dict[str, Any]:
    """Train once for each seed, in ``runs/NAME-seedN``, and write ``results/NAME.json``.

    The result has the figures of each seed, mean and standard deviation of the test accuracy,
    what the report claims, whether the bar was met, machine, versions and commit. Raises
    InputError if a run folder exists already.
    """
    rows = []
    for seed in recipe.seeds if seeds is None else seeds:
        settings = {**recipe.config, "seed": seed}
        if data_dir is not None:
            settings["data_dir"] = data_dir
        config = configuration.resolve(configuration.Settings(settings, place=recipe.name))
        outcome = experiment.start(config, Path(runs, f"{recipe.name}-seed{seed}"), callbacks)
        rows.append({"seed": seed, **outcome.metrics})
    accuracies = [row["test_accuracy"] for row in rows]
    record = {
        "name": recipe.name,
        "claim": recipe.claim,
        "reported": dict(recipe.reported),
        "bar": recipe.bar,
        "test_accuracy_mean": mean(accuracies),
        "test_accuracy_std": stdev(accuracies) if len(accuracies) > 1 else None,
        "seconds_mean": mean(row["seconds"] for row in rows),
        "reached": mean(accuracies) >= recipe.bar,
        **_circumstances(),
        "config": dict(recipe.config),
        "seeds": rows,
    }
    _write(record, results)
    return record


def demonstrate(
    demonstration: Demonstration,
    results: str | os.PathLike[str],
    *,
    data_dir: str | None = None,
    quick: bool = False,
) -> dict[str, Any]:
    """Run a demonstration and write ``results/NAME.json``: what it saw, with its circumstances.
    ``quick`` writes ``NAME-quick.json``; InputError for one that has no quick way."""
    run = demonstration.quick if quick else demonstration.run
    if run is None:
        raise InputError(f"--quick: {demonstration.name} has no quick way")
    seen = run(data_dir)
    name = f"{demonstration.name}-quick" if quick else demonstration.name
    named = {"name": name, "claim": demonstration.claim}
    record = {**named, **_circumstances(), **seen}
    _write(record, results)
    return record


def _circumstances() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": machine.commit(),
        "machine": machine.machine(),
        "versions": machine.versions(),
    }


def _write(record: Mapping[str, Any], results: str | os.PathLike[str]) -> None:
    Path(results).mkdir(parents=True, exist_ok=True)
    atomic_write(Path(results, f"{record['name']}.json"), json.dumps(record, indent=2) + "\n")
