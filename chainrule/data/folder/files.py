"""The image files that a path, a folder or a pattern names."""

from __future__ import annotations

import glob
import os

from ...errors import InputError
from ..fetching.paths import as_path
from .listing import is_image
from .tree import read_tree


def image_files(name: str) -> list[str]:
    """A file by its path; the images of a folder and of all folders in it, by name; or what a
    pattern such as ``new/*.jpg`` or ``new/**/*.jpg`` fits, if no file is called so itself.

    A file that was named need not be called like an image, and need not exist: who opens it says
    so. Raises InputError for a folder without images, and for a pattern that fits nothing.
    """
    path = os.fspath(as_path(name))
    if os.path.isdir(path):
        return _in_folder(path)
    if os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    found = sorted(glob.glob(path, recursive=True))
    files = [file for file in found if os.path.isfile(file) and is_image(file)]
    # With ** a folder is found together with the files in it: once is enough.
    inner = [] if "**" in path else [file for file in found if os.path.isdir(file)]
    for folder in inner:
        files += _in_folder(folder)
    if not files:
        raise InputError(f"no image file fits the pattern {name!r}")
    return files


def _in_folder(path: str) -> list[str]:
    tree = read_tree(path)
    files = [os.path.join(each.path, f.name) for each in tree.root.walk() for f in each.images]
    if not files:
        raise InputError(f"{path} has no images; they end in .jpg, .png, .webp, .gif, .tif …")
    return files
