"""Find files whose names are spelled with other code points than those asked for.

``é`` is one code point (NFC) or two (NFD). macOS shows both as the same file, archives and tables
carry either, and other file systems tell them apart.
"""

from __future__ import annotations

import os
import unicodedata


class DiskNames:
    """The names in folders, listed once each."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.folders: dict[str, dict[str, list[str]]] = {}

    def spelled(self, name: str) -> str:
        """``name``, a path below the root with "/", as it is spelled on disk; unchanged if it is
        there as it is, or if none or several are canonically equivalent to it."""
        if name.isascii() or os.path.lexists(os.path.join(self.root, name)):
            return name
        found: list[str] = []
        for part in name.split("/"):
            folder = "/".join(found)
            if os.path.lexists(os.path.join(self.root, folder, part)):
                found.append(part)
                continue
            alike = self._names(folder).get(unicodedata.normalize("NFC", part), [])
            if len(alike) != 1:
                return name
            found += alike
        return "/".join(found)

    def _names(self, folder: str) -> dict[str, list[str]]:
        """The names in a folder by their NFC forms."""
        if folder not in self.folders:
            names: dict[str, list[str]] = {}
            try:
                for each in os.listdir(os.path.join(self.root, folder)):
                    names.setdefault(unicodedata.normalize("NFC", each), []).append(each)
            except (OSError, ValueError):
                names = {}
            self.folders[folder] = names
        return self.folders[folder]
