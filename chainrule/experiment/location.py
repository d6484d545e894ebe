"""Where the data of a configuration lie now: they may have been moved since."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from .. import data
from ..config import Config
from ..data.folder.hidden import is_hidden
from ..data.folder.table import SUFFIXES as TABLES
from ..data.places import as_path
from ..errors import InputError


def relocated(config: Config, data_dir: str | os.PathLike[str] | None) -> Config:
    """``config`` with its data where ``data_dir`` says that they lie now; None changes nothing.

    For a data set that has a name this is the data directory. For images of the user's own it is
    their folder or file, or the folder that this lies in under the name that it had. InputError
    if it does not exist.
    """
    if data_dir is None:
        return config
    given = as_path(data_dir)
    if config.data in data.NAMES:
        if config.data == "digits" and not given.is_dir():  # no other reader would look
            raise InputError(f"--data-dir: expected a folder, received {given}")
        return msgspec.structs.replace(config, data_dir=os.fspath(data_dir))
    return msgspec.structs.replace(config, data=_moved(Path(config.data), given), data_dir=None)


def _moved(before: Path, given: Path) -> str:
    """The absolute path of what was called ``before``: it is ``given``, or lies in it."""
    if not given.exists():
        raise InputError(f"--data-dir: there is no folder or file {given}")
    is_table = before.suffix.lower() in TABLES
    inner = given / before.name
    choices = (given, inner) if given.name == before.name else (inner, given)
    there = [place for place in choices if (place.is_file() if is_table else place.is_dir())]
    if there:  # a class may be called like the folder that the classes are in
        return os.path.abspath(next((p for p in there if is_table or _has_folders(p)), there[0]))
    wanted = f"the file {before.name}" if is_table else "a folder of images"
    raise InputError(f"--data-dir: expected {wanted}, or the folder it lies in, received {given}")


def _has_folders(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.is_dir() and not is_hidden(entry.name, True) for entry in entries)


def place_of(path: str, data_dir: str | os.PathLike[str] | None) -> str:
    """Where the images lie: where the path says, or under the same name in the data directory."""
    if os.path.exists(path):
        return path
    if data_dir is not None and (moved := Path(data_dir, Path(path).name)).exists():
        return os.fspath(moved)
    beside = "" if data_dir is None else f", nor {moved}"
    raise InputError(
        f"there is no folder or file {path}{beside}; if it has moved, --data-dir says where"
    )
