"""Where compiled loops are kept between runs, and why two processes may fill it at once.

Numba's own cache reads its index, picks the next free file name and writes both; two processes
that do so together can give one name to two different functions (numba #4807). Here saving is
one step under a file lock. The folder's name is a hash of the kernels' sources and of Numba's
version; Numba's keys add the CPU's name and features. So no entry is ever stale: a changed
source has another folder.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import caching

from ..notices import compiling

SOURCES = Path(__file__).parent


@cache
def folder() -> Path:
    """The cache folder for exactly these sources, this Numba and this Python."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if not chosen:
        import platformdirs

        chosen = platformdirs.user_cache_dir("chainrule")
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for source in sorted(SOURCES.glob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    return Path(chosen, "kernels", digest.hexdigest())


class _Locator(caching._CacheLocator):
    def __init__(self, py_func: Any, py_file: str) -> None:
        self._py_file = py_file
        self._line = py_func.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return str(folder())

    def get_source_stamp(self) -> str:
        return folder().name

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
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # a truncated entry raises whatever unpickling noise raises
            found = None
        if found is None:
            compiling()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        from filelock import FileLock

        try:
            folder().mkdir(parents=True, exist_ok=True)
            with FileLock(folder() / "write.lock", timeout=60):
                try:
                    super().save_overload(sig, data)
                except OSError:
                    raise
                except Exception:  # a truncated index, which saving reads first
                    self.flush()
                    super().save_overload(sig, data)
        except OSError:  # includes filelock.Timeout
            return


class SerialCache(_LockedCache):
    _impl_class = _SerialImpl


class ParallelCache(_LockedCache):
    _impl_class = _ParallelImpl
