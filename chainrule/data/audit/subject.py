"""What is audited: images with classes and parts, and what each of them is like."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...types import Array
from ..dataset import Dataset
from ..folder import list_images
from ..folder.inspection import RECORD, look_at
from ..folder.listing import Listing
from ..folder.workers import Progress, work
from ..lazy import chunks


@dataclass(frozen=True)
class Subject:
    """N images.

    names    of the files, or what else an image is called
    parts    "train", "validation" or "test" of each, (N,)
    labels   int64 (N,)
    records  (N,) of RECORD
    failed   why an image could not be read, by place
    listing  of the files, if there are any
    images   the images, if there are no files

    >>> from chainrule import data
    >>> subject = data.audit.audit(data.digits()).subject
    >>> subject.names[0], subject.label(0) in subject.classes, subject.good.shape
    ('train 0', True, (1797,))
    """

    place: str
    names: Sequence[str]
    parts: Array
    labels: Array
    classes: tuple[str, ...]
    records: Array
    failed: dict[int, str] = field(default_factory=dict)
    listing: Listing | None = None
    images: tuple[Dataset, ...] = ()

    @property
    def good(self) -> Array:
        """The places of the images that can be read, int64 (n,)."""
        bad = np.isin(np.arange(len(self.names)), list(self.failed))
        return np.flatnonzero(~bad)

    def label(self, i: int) -> str:
        """The name of the class of image ``i``."""
        return self.classes[int(self.labels[i])]


def of_files(path: str | os.PathLike[str], root: str, progress: Progress) -> Subject:
    """The files of a folder or a CSV file, each of them opened."""
    listing = list_images(path, root)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "records")
        paths = [listing.path(i) for i in range(len(listing))]
        failed = work("examine", {}, paths, [(file, RECORD.itemsize)], progress)
        records = np.fromfile(file, RECORD)
    names = [entry.name for entry in listing.entries]
    parts = np.array([entry.part for entry in listing.entries])
    return Subject(
        os.fspath(path), names, parts, listing.labels, listing.classes, records, failed, listing
    )


def of_datasets(place: str, datasets: Sequence[Dataset], progress: Progress) -> Subject:
    """The images of data sets that came as arrays. Their digest is that of the pixels."""
    total = sum(map(len, datasets))
    records, done = np.zeros(total, RECORD), 0
    for dataset in datasets:
        for images in chunks(dataset.images):
            for image in images:
                _describe(records[done], image)
                done += 1
            progress(done, total)
    return Subject(
        place,
        [f"{d.split} {i}" for d in datasets for i in range(len(d))],
        np.concatenate([np.full(len(d), d.split) for d in datasets]),
        np.concatenate([d.labels for d in datasets]),
        datasets[0].classes,
        records,
        images=tuple(datasets),
    )


def _describe(record: Array, image: Array) -> None:
    import hashlib

    from PIL import Image

    digest = hashlib.blake2b(image.tobytes(), digest_size=16).digest()
    record["digest"] = np.frombuffer(digest, np.uint8)
    record["height"], record["width"], channels = image.shape
    record["mode"] = b"L" if channels == 1 else b"RGB"
    whole = Image.fromarray(image[..., 0] if channels == 1 else image[..., :3]).convert("RGB")
    look_at(record, np.asarray(whole.resize((32, 32), resample=Image.Resampling.BILINEAR)))
