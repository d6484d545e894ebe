"""Write a result with all that is needed to judge it: machine, versions, commit, date."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chainrule import machine
from chainrule.files import atomic_write

RESULTS = Path(__file__).resolve().parents[1] / "results"


def write_result(name: str, figures: dict[str, Any]) -> Path:
    """results/NAME.json with ``figures``, machine, versions and commit; returns its path."""
    record = {
        "name": name,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": machine.commit(),
        "machine": machine.machine(),
        "versions": machine.versions(),
        **figures,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    atomic_write(path, json.dumps(record, indent=2) + "\n")
    return path
