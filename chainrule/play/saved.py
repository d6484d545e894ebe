"""The model files that a page may open: those in the folders of the server, no others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..printable import received
from ..training.run import Run
from .context import PlayContext

SUFFIX = ".safetensors"
DEEPEST = 3
"""Folders inside one another, as runs/STUDY/TRIAL."""
MOST_FOLDERS, MOST = 1000, 300
"""Folders that are looked into, and files that are listed."""


def names(context: PlayContext) -> dict[str, list[str]]:
    """What `located` takes: ``runs``, the newest first, and ``files`` outside of these, by their
    path."""
    runs = context.models()
    known = {os.path.realpath(context.model_file(name)) for name in runs}
    files: list[str] = []
    here = Path.cwd()
    for folder in dict.fromkeys(f for f in context.folders if f.is_dir()):
        for path in _models(folder):
            real = os.path.realpath(path)  # which, unlike resolve, bears links in a circle
            if real not in known and len(files) < MOST:
                known.add(real)
                files.append(str(path.relative_to(here) if path.is_relative_to(here) else path))
    return {"runs": runs, "files": sorted(files)}


def _models(folder: Path) -> Iterator[Path]:
    """The model files in a folder. Of a run only the one of its best model."""
    left = MOST_FOLDERS
    for place, inner, files in os.walk(folder):
        path, left = Path(place), left - 1
        run = Run(path)
        if run.config.name in files:
            inner.clear()
            if run.model.name in files:
                yield run.model
            continue
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        if len(path.relative_to(folder).parts) >= DEEPEST or left <= 0:
            inner.clear()
        yield from (path / name for name in sorted(files) if _is_listed(name))


def _is_listed(name: str) -> bool:
    return name.endswith(SUFFIX) and not name.startswith(".")


def located(context: PlayContext, name: Any) -> Path:
    """The model file of a run, or at a path. InputError for one that there is not, or that lies in
    none of the folders, also behind a link."""
    if not isinstance(name, str) or not name:
        raise InputError(f"model: expected one of the list, received {received(name)}")
    chosen = context.chosen.get("kind") == "model" and context.chosen.get("name") == name
    if chosen or not name.endswith(SUFFIX):
        return context.model_file(name)
    path = context.place(name)
    if path.suffix != SUFFIX or not path.is_file():
        raise InputError(f"model: expected a {SUFFIX} file, received {received(name)}")
    return path
