"""What is known of a data set's files: names, sizes, checksums, and where they come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGEST = 1 << 30
"""Bytes that a file may have whose size is not known."""


@dataclass(frozen=True)
class KnownFile:
    """One file of a data set.

    name     the name it is stored under
    size     of its content in bytes; None if nobody tells
    checksum of its content: "sha1:…", "md5:…", or hex digits alone, which are a SHA-256's
    aliases  other names that it is found under
    verbatim its content is what is stored. Otherwise a gzip is unpacked first, so that size and
             checksum hold for every mirror's and every distribution's way of packing it
    """

    name: str
    size: int | None
    checksum: str
    aliases: tuple[str, ...] = ()
    verbatim: bool = False

    @property
    def limit(self) -> int:
        """Bytes that its content can have."""
        return LARGEST if self.size is None else self.size

    @property
    def packed_limit(self) -> int:
        """Bytes that its gzip can have: packing adds 5 in 16 KB at worst, and a header."""
        return self.limit if self.verbatim else self.limit + self.limit // 1000 + 65536

    @property
    def digest(self) -> tuple[str, str]:
        """(algorithm, hex digits) of the checksum."""
        algorithm, _, digits = self.checksum.rpartition(":")
        return algorithm or "sha256", digits

    @property
    def endings(self) -> tuple[str, ...]:
        """What its name may have behind it, best first."""
        return ("",) if self.verbatim else ("", ".gz")

    def names(self) -> Iterator[str]:
        """Every name that the file may have on disk or in an archive, best first."""
        for name in (self.name, *self.aliases):
            for ending in self.endings:
                yield name + ending


def _nothing(url: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Source:
    """Where the files of a data set are looked for and fetched from.

    name    of the data set, of its folder in a data directory and on a class-room mirror
    files   all of them; the data set is complete when each is there
    mirrors addresses that end in "/"; a file is at mirror + its name + ".gz"
    folders other folders in a data directory where it may lie
    system  absolute folders where packages of operating systems put it
    archive what the mirrors have instead of the files, with all of them in it
    forms   the same data in other files, which the reader takes as well
    advice  how to come by the files without a network, if not by ``chainrule data import``
    request what ``requests.get`` is told for an address besides: certificates, a proxy
    """

    name: str
    files: tuple[KnownFile, ...]
    mirrors: tuple[str, ...]
    folders: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    archive: KnownFile | None = None
    forms: tuple[Source, ...] = ()
    advice: str = ""
    request: Callable[[str], Mapping[str, Any]] = field(default=_nothing, repr=False)

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
