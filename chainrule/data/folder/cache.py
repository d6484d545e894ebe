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
are made under another name and renamed, under a lock; a builder that was killed is followed by one
that goes on where it was (`unfinished`).
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files import atomic_write
from ...locks import locked
from ...types import Array
from ..formats.image_decoding import decoders
from . import unfinished
from .listing import Listing
from .opening import DIGEST
from .unfinished import doubtful
from .workers import Progress, work

FORMAT = 2
"""To be raised when images are decoded to other pixels than before."""


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
            return _build(folder, key, listing, image_shape, resize, progress, alone=held)
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
    places = np.flatnonzero(doubtful(known, now, described["made"]))
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
    *,
    alone: bool,
) -> Decoded:
    start = time.perf_counter()
    shape = (len(listing), *image_shape)
    size = int(np.prod(image_shape))
    sizes = [(unfinished.DIGESTS, DIGEST), ("pixels", size), ("ignored", 1)]
    name = f".{key}.tmp" if alone else f".{key}.{secrets.token_hex(6)}.tmp"
    with _scratch(folder / name, lambda scratch: unfinished.done_in(scratch, listing, sizes)) as (
        scratch, found_done,
    ):  # fmt: skip
        if found_done is None:
            _expect_room(folder, size * len(listing))
            found_done = unfinished.begin(scratch, listing), np.zeros(len(listing), bool)
        made, done = found_done
        paths = [listing.path(i) for i in range(len(listing))]
        outputs = [(scratch / name, size) for name, size in sizes]
        options = {"image_shape": image_shape, "resize": resize}
        failed = work("decode", options, paths, outputs, progress, done)
        _fill_digests(scratch, listing, failed)
        _save_stamps(scratch / "stamps.npy", listing.stamps())
        described = {"shape": shape, "failed": failed, "made": made, "decoders": decoders()}
        (scratch / "entry.json").write_text(json.dumps(described))
        unfinished.finish(scratch)
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


def _fill_digests(scratch: Path, listing: Listing, failed: dict[int, str]) -> None:
    """A file that could not be decoded has a digest too: a better one in its place is noticed."""
    places = np.array(list(failed), np.int64)
    if len(places):
        digests = np.memmap(scratch / "digests", np.uint8, "r+").reshape(-1, DIGEST)
        digests[places] = _digests(listing, places)


@contextlib.contextmanager
def _scratch(
    scratch: Path, known: Callable[[Path], tuple[int, Array] | None]
) -> Iterator[tuple[Path, tuple[int, Array] | None]]:
    """A folder to build in, and what is known of one that is there. It goes if that fails, but not
    by Ctrl-C or a kill: then the next builder goes on in it."""
    found = known(scratch)
    if found is None:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
    try:
        yield scratch, found
    except KeyboardInterrupt:
        raise
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
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
