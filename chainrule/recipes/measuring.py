"""Run a recipe: its result as JSON with all that is needed to judge it, its figures, and a page."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from .. import data, machine
from ..draw.style import rendered
from ..errors import InputError
from ..files import atomic_write
from ..kernels.precision import Precision
from ..markup import el
from ..report.svg import draw
from ..training import Callback
from .page import page
from .recipe import Plot, Recipe, Result
from .registry import RECIPES
from .session import Session, folder_of

JPEG = (
    "on re-encoded pictures: these files of CIFAR-10 are not the published ones, on whose pixels "
    "accuracies are about 3.5 points higher"
)


def measure(
    recipe: Recipe,
    runs: str | os.PathLike[str],
    results: str | os.PathLike[str],
    *,
    quick: bool = False,
    seeds: int | None = None,
    precision: Precision = "float32",
    data_dir: str | None = None,
    restart: bool = False,
    callbacks: Callable[[], Sequence[Callback]] = tuple,
    say: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Measure ``recipe`` and return its record, which a whole measurement writes to
    ``results/NAME.json``; figures and a page lie beside its runs, in ``runs/NAME``.

    What has ended is not trained again, and what was killed goes on, unless ``restart``. A quick
    measurement has folders of its own and writes nothing to ``results``. InputError if data are
    missing, and if another process measures the same.
    """
    folder = folder_of(recipe, runs, quick)
    if restart and folder.exists():
        shutil.rmtree(folder)
    session = Session(
        folder,
        seeds=recipe.seeds if seeds is None else seeds,
        quick=quick,
        quick_settings=recipe.quick,
        precision=precision,
        data_dir=data_dir,
        callbacks=callbacks,
        say=say,
    )
    with session.exclusive():
        result = recipe.run(session)
        record = _record(recipe, session, result)
        pictures = _draw(folder, recipe.name, result.plots)
        atomic_write(folder / "page.html", page([record], {recipe.name: pictures}))
        if not quick:
            Path(results).mkdir(parents=True, exist_ok=True)
            text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
            atomic_write(Path(results, f"{recipe.name}.json"), text)
            _publish(folder, Path(results, "figures"), recipe.name, len(pictures))
    return record


def _record(recipe: Recipe, session: Session, result: Result) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "did": recipe.did,
        "reported": recipe.reported,
        "bar": recipe.bar,
        "ours": result.ours,
        "reached": result.reached,
        "quick": session.quick,
        "seconds": result.seconds,
        "seeds": len(session.seeds),
        "precision": session.precision,
        "notes": [*result.notes, *_on_data(recipe, session.data_dir)],
        "figures": dict(result.figures),
        "tables": [
            {"title": each.title, "header": list(each.header), "rows": [*map(list, each.rows)]}
            for each in result.tables
        ],
        "plots": [plot.title for plot in result.plots],
        "date": datetime.now(UTC).date().isoformat(),
        "commit": machine.commit(),
        "machine": machine.machine(),
        "versions": machine.versions(),
    }


def _on_data(recipe: Recipe, data_dir: str | None) -> list[str]:
    """Whether the pixels are the published ones, where the recipe is about CIFAR-10."""
    if "CIFAR" not in recipe.did:
        return []
    try:
        return [] if all(good for _, good, _ in data.verify("cifar10", data_dir)) else [JPEG]
    except InputError:
        return []


def _draw(folder: Path, name: str, plots: Sequence[Plot]) -> list[tuple[str, str]]:
    """(title, SVG for a page) of each plot, which lies as a file in ``folder`` too."""
    drawn: list[tuple[str, str]] = []
    for i, plot in enumerate(plots, start=1):
        file = folder / f"figure-{i}.svg"
        atomic_write(file, rendered(plot.paint, plot.size, "svg", f"{name}-{i}"))
        drawn.append((plot.title, draw(plot.paint, plot.size, plot.title)))
    return drawn


def _publish(folder: Path, target: Path, name: str, count: int) -> None:
    """The figures beside the result; those of a measurement before that had more go."""
    target.mkdir(exist_ok=True)
    for old in target.glob(f"{name}-[0-9]*.svg"):
        old.unlink()
    for i in range(1, count + 1):
        shutil.copyfile(folder / f"figure-{i}.svg", target / f"{name}-{i}.svg")


def measured() -> Mapping[str, Mapping[str, Any]]:
    """What was measured of each recipe when this version was made, by its name."""
    file = resources.files(__package__).joinpath("measured.json")
    found: dict[str, Mapping[str, Any]] = json.loads(file.read_text("utf-8"))
    return found


def every_record(results: str | os.PathLike[str]) -> list[Mapping[str, Any]]:
    """A record of every recipe in their order: from ``results``, else what ships with this
    version; of one that was never measured, what the report states."""
    shipped = measured()
    return [
        record_in(results, recipe.name)
        or shipped.get(recipe.name)
        or {"name": recipe.name, "did": recipe.did, "reported": recipe.reported, "bar": recipe.bar}
        for recipe in RECIPES.values()
    ]


def record_in(results: str | os.PathLike[str], name: str) -> dict[str, Any] | None:
    """The record of a recipe in ``results``; None if there is none, or something else. Where the
    same was trained in PyTorch (``benchmarks/twins.py``), it has that under "pytorch"."""
    record = _json(Path(results, f"{name}.json"))
    if record is None or record.get("name") != name or "ours" not in record:
        return None
    twin = _json(Path(results, f"{name}-pytorch.json"))
    if twin is not None and twin.get("recipe") == name:
        record["pytorch"] = {key: twin[key] for key in TWIN if key in twin}
    return record


TWIN = (
    "precision", "test_accuracy", "with_test_time_augmentation", "seconds", "seed", "pytorch",
    "commit", "machine",
)  # fmt: skip


def _json(file: Path) -> dict[str, Any] | None:
    """The JSON object in ``file``; None if there is none."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def pictures(results: str | os.PathLike[str]) -> dict[str, list[tuple[str, str]]]:
    """(title, ``<img>`` that holds the SVG) of the figures in ``results``, by recipe."""
    found: dict[str, list[tuple[str, str]]] = {}
    for record in every_record(results):
        for i, title in enumerate(record.get("plots", ()), start=1):
            file = Path(results, "figures", f"{record['name']}-{i}.svg")
            if file.is_file():
                code = base64.b64encode(file.read_bytes()).decode()
                image = el("img", src=f"data:image/svg+xml;base64,{code}", alt=title)
                found.setdefault(record["name"], []).append((title, image))
    return found
