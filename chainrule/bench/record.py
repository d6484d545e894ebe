"""Write a result with all that is needed to judge it: machine, versions, commit, date."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import machine
from ..errors import InputError
from ..files import atomic_write


def claim(path: Path) -> None:
    """Make the folder of ``path``. Raises InputError where ``path`` cannot become a file."""
    if path.is_dir():
        raise InputError(f"cannot write {path}: expected a file, and it is a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"cannot write {path}: its folder is read-only")


def write(path: Path, figures: dict[str, Any]) -> Path:
    """``path`` with ``figures`` under their name, date, commit, machine and versions."""
    record = {
        "name": path.stem,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": machine.commit(),
        "machine": machine.machine(),
        "versions": machine.versions(),
        **figures,
    }
    claim(path)
    atomic_write(path, json.dumps(record, indent=2) + "\n")
    return path
