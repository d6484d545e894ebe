"""What an export has written, and where exports may be written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..text import size


@dataclass(frozen=True)
class Exported:
    """What was written, and how it was checked.

    path        the file to use
    files       all that belong together
    bytes       of all files
    difference  the largest between its outputs and the model's
    images      on which both were compared

    >>> made = Exported(Path("a.onnx"), (Path("a.onnx"),), 2048, 1e-6, 6)
    >>> print(made)
    a.onnx: 2 KiB, largest difference 1.0e-06 on 6 images
    """

    path: Path
    files: tuple[Path, ...]
    bytes: int
    difference: float
    images: int

    def __str__(self) -> str:
        written = " and ".join(map(str, self.files))
        return (
            f"{written}: {size(self.bytes)}, largest difference {self.difference:.1e} on "
            f"{self.images} images"
        )


def output_path(path: str | os.PathLike[str], suffixes: tuple[str, ...]) -> Path:
    """``path`` if its suffix is one of these and its folder is there. InputError otherwise, so
    that nobody computes for long in vain, or overwrites a file of another kind by mistake."""
    target = Path(os.path.expanduser(os.fsdecode(path)))
    if target.suffix.lower() not in suffixes:
        raise InputError(f"expected a file {' or '.join(suffixes)}, received {str(target)!r}")
    if target.is_dir():
        raise InputError(f"cannot write {target}: it is a folder")
    if not target.parent.is_dir():
        raise InputError(f"cannot write {target}: there is no folder {target.parent}")
    return target
