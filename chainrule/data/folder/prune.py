"""Keep the cache of decoded images below a size, by giving up what was not used for longest."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from ...locks import locked
from .unfinished import abandoned

DAY = 24 * 3600.0


def prune(folder: Path, limit: float, keep: Path) -> None:
    """Remove entries, those used longest ago first, until the rest has at most ``limit`` bytes.

    ``keep`` stays, and so does everything if the limit is 0. A training that still reads an entry
    keeps its images, where the system allows that a file in use is removed, or else the entry.
    What builders left that were killed goes too, after a day: until then another goes on in it.
    """
    for lock in folder.glob("*.lock"):
        with contextlib.suppress(OSError), locked(lock, timeout=0) as held:
            for scratch in folder.glob(f".{lock.stem}*.tmp") if held else ():
                if abandoned(scratch, DAY):
                    shutil.rmtree(scratch, ignore_errors=True)
    if not limit:
        return
    entries = [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]
    left = 0
    for used, entry in sorted(((_used(path), path) for path in entries), reverse=True):
        size = sum(file.stat().st_size for file in entry.iterdir()) if used else 0
        left += size
        if left > limit and entry != keep:
            left -= size
            shutil.rmtree(entry, ignore_errors=True)


def _used(path: Path) -> float:
    with contextlib.suppress(OSError):
        return os.stat(path).st_mtime
    return 0.0
