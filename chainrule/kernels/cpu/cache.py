"""Where compiled loops are kept between runs, and why two processes may fill it at once.

Numba's own cache reads its index, picks the next free file name and writes both; two processes
that do so together can give one name to two different functions (numba #4807). Here saving is
one step under a file lock. The loops of a source file have a folder of their own, named by a hash
of that source, of all of ours that it imports, and of Numba's version; Numba's keys add the CPU's
name and features. So no entry is ever stale: a changed source has another folder.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import caching
from numba.core.compiler_lock import global_compiler_lock

from ...errors import ChainruleWarning
from ...homes import user_cache
from ...locks import locked
from .. import forks
from ..notices import compiling, preparing

# Another thread may be compiling, or writing under the file lock, when this one forks.
if (_compiling := getattr(global_compiler_lock, "_lock", None)) is not None:
    forks.keep(_compiling)

PACKAGE = Path(__file__).parents[2]
IMPORT = re.compile(r"^from (\.+)([\w.]*) import (\([^)]*\)|.*)", re.MULTILINE)


@cache
def folder(source: str) -> Path:
    """The cache folder for exactly this source file, what it imports, this Numba, this Python."""
    chosen = os.environ.get("NUMBA_CACHE_DIR") or user_cache()
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for path in sorted(_closure(Path(source).resolve())):
        digest.update(path.name.encode() + path.read_bytes())
    return Path(chosen, "kernels", f"{Path(source).stem}-{digest.hexdigest()}")


def _closure(source: Path) -> set[Path]:
    """``source`` and our files that it imports, directly or not: their loops may be inlined."""
    found: set[Path] = set()
    todo = {source}
    while todo:
        path = todo.pop()
        found.add(path)
        for dots, module, names in IMPORT.findall(path.read_text("utf-8")):
            base = path.parents[len(dots) - 1].joinpath(*module.split(".") if module else ())
            places = [base, *(base / name for name in re.findall(r"\w+", names))]
            files = {place.with_suffix(".py") for place in places}
            todo |= {file for file in files if PACKAGE in file.parents and file.is_file()} - found
    return found


class _Locator(caching._CacheLocator):
    def __init__(self, py_func: Any, py_file: str) -> None:
        self._py_file = py_file
        self._line = py_func.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return str(folder(self._py_file))

    def get_source_stamp(self) -> str:
        return folder(self._py_file).name

    def get_disambiguator(self) -> str:
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> _Locator:
        return cls(py_func, py_file)


class _SerialImpl(caching.CompileResultCacheImpl):
    _locator_classes = (_Locator,)


class _ParallelImpl(_SerialImpl):
    """Numba's key does not tell the two compilations of one function apart; the file name does."""

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        return str(super().get_filename_base(f"{fullname}.parallel", abiflags))


class _LockedCache(caching.FunctionCache):
    """A cache that never makes a call fail: unreadable entries are recompiled, a full disk or a
    read-only home only means compiling again next time."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        preparing()
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # a truncated entry raises whatever unpickling noise raises
            found = None
        if found is None:
            compiling()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            place = Path(self._cache_path)
            place.mkdir(parents=True, exist_ok=True)
            with locked(place / "write.lock", timeout=60) as held:
                if not held:  # what is compiled again is slow; what is mixed up is wrong
                    return
                try:
                    super().save_overload(sig, data)
                except OSError:
                    raise
                except Exception:  # a truncated index, which saving reads first
                    self.flush()
                    super().save_overload(sig, data)
        except (OSError, ChainruleWarning):  # Taken is one too; warnings may be errors
            return


class SerialCache(_LockedCache):
    _impl_class = _SerialImpl


class ParallelCache(_LockedCache):
    _impl_class = _ParallelImpl
