"""What is known of a data set's files: names, sizes, checksums, and where they come from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KnownFile:
    """One file of a data set.

    name    the name it is stored under
    size    of its content in bytes, after unpacking any gzip
    sha256  of its content, after unpacking any gzip, so that it holds for every mirror's and
            every distribution's way of packing it
    aliases other names that it is found under
    """

    name: str
    size: int
    sha256: str
    aliases: tuple[str, ...] = ()

    @property
    def packed_limit(self) -> int:
        """Bytes that its gzip can have: packing adds 5 in 16 KB at worst, and a header."""
        return self.size + self.size // 1000 + 65536

    def names(self) -> Iterator[str]:
        """Every name that the file may have on disk or in an archive, best first."""
        for name in (self.name, *self.aliases):
            yield name
            yield name + ".gz"


@dataclass(frozen=True)
class Source:
    """Where the files of a data set are looked for and fetched from.

    name    of the data set, of its folder in a data directory and on a class-room mirror
    files   all of them; the data set is complete when each is there
    mirrors addresses that end in "/"; a file is at mirror + its name + ".gz"
    folders other folders in a data directory where it may lie
    system  absolute folders where packages of operating systems put it
    """

    name: str
    files: tuple[KnownFile, ...]
    mirrors: tuple[str, ...]
    folders: tuple[str, ...] = ()
    system: tuple[str, ...] = ()

    def missing(self, folder: Path) -> list[KnownFile]:
        """The files that are not in ``folder`` under any of their names."""
        return [known for known in self.files if find_file(folder, known) is None]


def find_file(folder: Path, known: KnownFile) -> Path | None:
    """Where in ``folder`` the file lies, by the first of its names that is there."""
    for name in known.names():
        # os.path answers False where pathlib raises, for a folder that may not be read.
        if os.path.isfile(folder / name):
            return folder / name
    return None
