"""Write a result with all that is needed to judge it: machine, versions, commit, date."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import machine
from ..files import atomic_write


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
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, json.dumps(record, indent=2) + "\n")
    return path
