"""Folders of pictures, and CSV files of paths and labels, as data sets.

scan, table  which pictures there are          -> listing
             (tree finds the files, layout the classes and parts: nesting, parts, refusals, names)
options      the one shape that they are read as
cache        their pixels, decoded once        -> crew, worker, tasks do it on every core
reading      from pixels to training and test
"""

from __future__ import annotations

import os
import warnings

from ...public import publish
from ...text import plural
from ..dataset import Dataset
from . import listing
from .options import PictureOptions as PictureOptions
from .reading import Measurable as Measurable
from .reading import Pictures as Pictures
from .reading import list_pictures as list_pictures
from .reading import read_measurable as read_measurable
from .reading import read_pictures as read_pictures


def load(
    path: str | os.PathLike[str], options: PictureOptions | None = None
) -> tuple[Dataset, Dataset]:
    """(train, test) of a folder of class folders, or of a CSV file: see `read_pictures`.

    Pictures that are skipped are named in a warning.
    """
    pictures = read_pictures(path, options)
    if pictures.skipped:
        names = [f"{name} ({reason})" for name, reason in pictures.skipped]
        warnings.warn(f"skipped {plural(len(names), 'image')}: {listing.some(names)}", stacklevel=2)
    return pictures.train, pictures.test


publish(globals())
