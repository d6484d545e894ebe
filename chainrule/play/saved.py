"""The runs and model files that a page may open: those in the folders of the server, no others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..printable import received
from ..training.run import Run

SUFFIX = ".safetensors"
DEEPEST = 3
"""Folders inside one another, as runs/STUDY/TRIAL."""
MOST_FOLDERS, MOST = 5000, 500
"""Folders that are looked into, and rows that are shown: the newest."""


def listed(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """Runs that have a model, and model files outside of runs, the newest first.

    ``id`` is what `located` takes, ``name`` what a person reads, ``kind`` "run" or "file".
    """
    found: dict[Path, tuple[float, dict[str, Any]]] = {}
    for number, folder in enumerate(folders):
        for path, kind in _models(folder):
            try:
                time = path.stat().st_mtime
            except OSError:
                continue
            name = path.relative_to(folder)
            shown = str(name) if kind == "file" else str(name.parent)
            shown = folder.name if shown == "." else shown
            row = {"id": f"{number}/{name.as_posix()}", "name": shown, "kind": kind, "time": time}
            found.setdefault(path.resolve(), (time, row))
    newest = sorted(found.values(), key=lambda pair: -pair[0])
    return [row for _, row in newest[:MOST]]


def _models(folder: Path) -> Iterator[tuple[Path, str]]:
    left = MOST_FOLDERS
    for place, inner, files in os.walk(folder):
        here = Path(place)
        left -= 1
        depth = len(here.relative_to(folder).parts)
        run = Run(here)
        if run.config.name in files:
            inner.clear()  # what lies in a run belongs to it
            if run.model.name in files:
                yield run.model, "run"
            continue
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        if depth >= DEEPEST or left <= 0:
            inner.clear()
        for name in sorted(files):
            if name.endswith(SUFFIX) and not name.startswith("."):
                yield here / name, "file"


def located(folders: Sequence[Path], name: str) -> Path:
    """The model file with this ``id``. InputError for one that lies in none of the folders, also
    behind a link, and for one that is no model file."""
    number, _, inside = name.partition("/")
    known = number.isascii() and number.isdigit() and len(number) < 6
    if not known or int(number) >= len(folders) or not inside or "\0" in inside:
        raise InputError(f"model: expected one of the list, received {received(name)}")
    folder = folders[int(number)].resolve()
    try:
        path = (folder / inside).resolve()
        lies_inside = path.is_relative_to(folder) and path.suffix == SUFFIX
        if not lies_inside or not path.is_file():
            raise InputError(
                f"model: expected one in {folder}, received {received(inside)}; it may have been "
                "moved: load the page again"
            )
    except (OSError, RuntimeError, ValueError):  # a name that is too long, links in a circle
        raise InputError(f"model: expected one in {folder}, received {received(inside)}") from None
    return path
