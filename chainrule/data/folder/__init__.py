"""Folders of images, and CSV files of paths and labels, as data sets.

scan, table  which images there are          -> listing
             (tree finds the files, layout the classes and parts: nesting, parts, refusals, names)
options      the one shape that they are read as
cache        their pixels, decoded once        -> workers, worker, tasks do it on every core
reading      from pixels to training and test
"""

from __future__ import annotations

import os
import warnings

from ...declared import checked
from ...public import publish
from ...text import plural
from ..dataset import Dataset
from . import listing
from .options import ImageOptions as ImageOptions
from .reading import ImageFolder as ImageFolder
from .reading import Measurable as Measurable
from .reading import list_images as list_images
from .reading import read_images as read_images
from .reading import read_measurable as read_measurable


@checked
def load(
    path: str | os.PathLike[str], options: ImageOptions | None = None
) -> tuple[Dataset, Dataset]:
    """(train, test) of a folder of class folders, or of a CSV file: see `read_images`.

    Images that are skipped are named in a warning. InputError as from `read_images`.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
    ...         file = Path(folder, "pets", name)
    ...         file.parent.mkdir(parents=True, exist_ok=True)
    ...         Image.new("L", (8, 8)).save(file)
    ...     options = ImageOptions(cache_dir=f"{folder}/cache")
    ...     train, test = load(f"{folder}/pets", options)
    >>> train.classes, train.images.shape, test.images.shape
    (('cat', 'dog'), (3, 8, 8, 1), (1, 8, 8, 1))
    """
    found = read_images(path, options)
    if found.skipped:
        names = [f"{name} ({reason})" for name, reason in found.skipped]
        warnings.warn(f"skipped {plural(len(names), 'image')}: {listing.some(names)}", stacklevel=2)
    return found.train, found.test


publish(globals())
