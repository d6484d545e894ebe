"""Decoded images, kept as one file that is mapped into memory, so that they are decoded once.

An entry is a folder in the user's cache:

    pictures/<key>-<content>/
        pixels     uint8 (N, H, W, C), an image of zeros for each file that failed
        digests    uint8 (N, 16), the hash of each file's content
        ignored    uint8 (N,), 1 for a file whose metadata are broken, and were ignored
        entry.json shape, failures, when it was made, by which decoders
        stamps.npy int64 (N, 2), when each file was changed, as far as is known
        hashes.json what `Dataset.sha256` was, by what it was computed of

``key`` is of the files' names and sizes, and of how they are read; ``content`` is of what is in
them. An entry is good if no file has been touched since; a file that has is read, and compared
by its digest. One with failures is good for the decoders that failed, and for no others. Entries
are made under another name and renamed, under a lock.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files import atomic_write
from ...locks import locked
from ...types import Array
from ..formats.image_decoding import decoders
from .listing import Listing
from .opening import DIGEST
from .workers import Progress, work

FORMAT = 2
"""To be raised when images are decoded to other pixels than before."""

RECENT = 2_000_000_000
"""A file changed within so many ns before it was read may change again without a new time."""


@dataclass(frozen=True)
class Decoded:
    """The images of a listing.

    images   uint8 (N, H, W, C), in the file
    failed   why the image at a place could not be decoded
    seconds  what it took to decode them, 0.0 if they were there
    folder   where it is kept
    ignored  int64, the places of images with broken metadata, which do not count
    """

    images: Array
    failed: dict[int, str]
    seconds: float
    folder: Path
    ignored: Array

    def sha256(self, of: str, compute: Any) -> str:
        """``compute()``, remembered as that of ``of`` for the next time."""
        file = self.folder / "hashes.json"
        known: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError):
            known = json.loads(file.read_bytes())
        if not isinstance(value := known.get(of), str):
            value = str(compute())
            with contextlib.suppress(InputError):  # the entry may have been pruned
                atomic_write(file, json.dumps({**known, of: value}))
        return value


def decoded(
    listing: Listing,
    image_shape: tuple[int, int, int],
    resize: str,
    folder: Path,
    progress: Progress = lambda done, total: None,
) -> Decoded:
    """The images of a listing from the cache in ``folder``, or decoded into it.

    Two processes that want the same images do not decode them twice: one waits for the other.
    Raises InputError if the cache cannot be written, or has no room for them.
    """
    key = listing.key(FORMAT, image_shape, resize)
    if found := _find(folder, key, listing, image_shape):
        return found
    make_folder(folder)
    try:
        with locked(folder / f"{key}.lock") as held:
            if found := _find(folder, key, listing, image_shape):
                return found
            if held:
                _sweep(folder, key)
            return _build(folder, key, listing, image_shape, resize, progress)
    except OSError as error:
        raise InputError(f"cannot write the cache {folder}: {error.strerror or error}") from error


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the cache {folder}: {error.strerror or error}; "
            "the setting images.cache_dir puts it elsewhere"
        ) from error


def _find(
    folder: Path, key: str, listing: Listing, image_shape: tuple[int, int, int]
) -> Decoded | None:
    """The entry that holds these very images, if there is one."""
    for entry in sorted(folder.glob(f"{key}-*")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            described = json.loads((entry / "entry.json").read_bytes())
            failed = {int(i): str(reason) for i, reason in described["failed"].items()}
            if failed and described["decoders"] != decoders():
                continue  # another may know better, such as pillow-heif that came since
            if _is_of(entry, listing, described):
                shape = (len(listing), *image_shape)
                images = np.memmap(entry / "pixels", np.uint8, "r", shape=shape)
                ignored = _ignored(entry)
                os.utime(entry)  # used now
                return Decoded(images, failed, 0.0, entry, ignored)
    return None


def _is_of(entry: Path, listing: Listing, described: dict[str, Any]) -> bool:
    """Whether the files still have the content that the entry was made of."""
    known, now = np.load(entry / "stamps.npy", allow_pickle=False), listing.stamps()
    made = time.time_ns()
    doubtful = (known != now).any(axis=1) | (now[:, 0] > described["made"] - RECENT)
    places = np.flatnonzero(doubtful)
    if len(places):
        digests = np.fromfile(entry / "digests", np.uint8).reshape(-1, DIGEST)
        if (_digests(listing, places) != digests[places]).any():
            return False
        _save_stamps(entry / "stamps.npy", now)
        atomic_write(entry / "entry.json", json.dumps({**described, "made": made}))
    return True


def _digests(listing: Listing, places: Array) -> Array:
    """The digests of some of the files as they are now; zeros for those that cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "digests")
        work("digest", {}, [listing.path(int(i)) for i in places], [(file, DIGEST)])
        return np.fromfile(file, np.uint8).reshape(-1, DIGEST)


def _build(
    folder: Path,
    key: str,
    listing: Listing,
    image_shape: tuple[int, int, int],
    resize: str,
    progress: Progress,
) -> Decoded:
    start = time.perf_counter()
    shape = (len(listing), *image_shape)
    size = int(np.prod(image_shape))
    _expect_room(folder, size * len(listing))
    with _scratch(folder, key) as scratch:
        made = time.time_ns()
        paths = [listing.path(i) for i in range(len(listing))]
        outputs = [
            (scratch / "digests", DIGEST),
            (scratch / "pixels", size),
            (scratch / "ignored", 1),
        ]
        options = {"image_shape": image_shape, "resize": resize}
        failed = work("decode", options, paths, outputs, progress)
        _fill_digests(scratch, listing, failed)
        _save_stamps(scratch / "stamps.npy", listing.stamps())
        described = {"shape": shape, "failed": failed, "made": made, "decoders": decoders()}
        (scratch / "entry.json").write_text(json.dumps(described))
        content = hashlib.sha256((scratch / "digests").read_bytes()).hexdigest()[:12]
        entry = folder / f"{key}-{content}"
        if entry.exists():  # what is there could not be read
            shutil.rmtree(entry)
        for file in scratch.iterdir():
            _sync(file)
        try:
            os.rename(scratch, entry)
        except OSError:  # where no lock kept another builder out, it may have been first
            if found := _find(folder, key, listing, image_shape):
                return found
            raise
    images = np.memmap(entry / "pixels", np.uint8, "r", shape=shape)
    return Decoded(images, failed, time.perf_counter() - start, entry, _ignored(entry))


def _ignored(entry: Path) -> Array:
    return np.flatnonzero(np.fromfile(entry / "ignored", np.uint8))


def _sweep(folder: Path, key: str) -> None:
    """Remove what builders left that were killed. Without a lock they may still be at it."""
    for unfinished in folder.glob(f".{key}.*.tmp"):
        shutil.rmtree(unfinished, ignore_errors=True)


def _fill_digests(scratch: Path, listing: Listing, failed: dict[int, str]) -> None:
    """A file that could not be decoded has a digest too: a better one in its place is noticed."""
    places = np.array(list(failed), np.int64)
    if len(places):
        digests = np.memmap(scratch / "digests", np.uint8, "r+").reshape(-1, DIGEST)
        digests[places] = _digests(listing, places)


@contextlib.contextmanager
def _scratch(folder: Path, key: str) -> Iterator[Path]:
    scratch = folder / f".{key}.{secrets.token_hex(6)}.tmp"
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _expect_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise InputError(
            f"the decoded images need {size / 1e9:,.1f} GB, and {folder} has {free / 1e9:,.1f} "
            "GB left; train with a smaller --image-size, or set another images.cache_dir"
        )


def _save_stamps(file: Path, stamps: Array) -> None:
    scratch = file.with_name(f".{file.name}.{secrets.token_hex(6)}.tmp.npy")
    np.save(scratch, stamps)
    os.replace(scratch, file)


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
