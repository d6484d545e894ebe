"""Decoding that was cut short, by Ctrl-C or a kill, and goes on where it was.

What a builder has written stays in its folder: an image whose digest is there, which is written
last, is done if its file has not been touched since. Only a builder that holds the lock goes on
there, and only if the machine has not been restarted since: after a crash it is unknown what had
reached the disk.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...types import Array
from ..formats.image_decoding import decoders
from .listing import Listing
from .opening import DIGEST

BOOT = Path("/proc/sys/kernel/random/boot_id")

RECENT = 2_000_000_000
"""A file changed within so many ns before it was read may change again without a new time."""

BEGUN, STAMPS, DIGESTS = "begun.json", "stamps.npy", "digests"


def begin(scratch: Path, listing: Listing) -> int:
    """Note in a new folder what is decoded, and when it was begun, in ns."""
    made = time.time_ns()
    np.save(scratch / STAMPS, listing.stamps())
    said = {"boot": _boot(), "made": made, "decoders": decoders()}
    (scratch / BEGUN).write_text(json.dumps(said))
    return made


def done_in(
    scratch: Path, listing: Listing, sizes: Sequence[tuple[str, int]]
) -> tuple[int, Array] | None:
    """When the decoding in this folder was begun, and which images are done, bool (N,); None where
    it must start afresh. ``sizes`` are the names of the outputs and the bytes an image takes."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, EOFError):
        said = json.loads((scratch / BEGUN).read_bytes())
        same = said["boot"] is not None and said["boot"] == _boot()
        made = int(said["made"])
        whole = all((scratch / name).stat().st_size == size * len(listing) for name, size in sizes)
        if same and whole and said["decoders"] == json.loads(json.dumps(decoders())):
            known, now = np.load(scratch / STAMPS, allow_pickle=False), listing.stamps()
            digests = np.fromfile(scratch / DIGESTS, np.uint8).reshape(-1, DIGEST)
            touched = doubtful(known, now, made)
            done: Array = digests.any(axis=1) & ~touched
            return made, done
    return None


def doubtful(known: Array, now: Array, made: int) -> Array:
    """Which files may have changed since they were read, bool (N,)."""
    found: Array = (known != now).any(axis=1) | (now[:, 0] > made - RECENT)
    return found


def finish(scratch: Path) -> None:
    """The folder becomes an entry: no builder goes on in it."""
    (scratch / BEGUN).unlink(missing_ok=True)


def abandoned(scratch: Path, seconds: float) -> bool:
    """Whether nobody has written there for so long."""
    times = [0.0]
    with contextlib.suppress(OSError):
        times += [os.stat(scratch).st_mtime, *(file.stat().st_mtime for file in scratch.iterdir())]
    return time.time() - max(times) > seconds


def _boot() -> Any:
    """Which start of the machine this is; None where the system does not say."""
    with contextlib.suppress(OSError):
        return BOOT.read_text().strip()
    return None
