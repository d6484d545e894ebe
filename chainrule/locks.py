"""One process at a time, where the file system can tell: many shared ones cannot.

NFS without a lock daemon, sshfs and other file systems in user space, and some of clusters, refuse
``flock`` with one of half a dozen errors. There work goes on without a lock, and that is said.
"""

from __future__ import annotations

import contextlib
import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import ChainruleWarning

TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EINTR, errno.EDEADLK}
"""What a lock that somebody holds answers. Any other error is that of a system without locks."""


_known: set[int] = set()  # file systems that were warned of


class Taken(OSError):
    """Another process holds the lock, and did not give it back in time."""


@contextmanager
def locked(path: Path, *, timeout: float = -1) -> Iterator[bool]:
    """Inside, no other process is in a ``locked`` for the same file ``path``, which is made.

    Yields whether that is so: False on a file system without locks, which is warned of once.
    Waits for ``timeout`` seconds, -1 for ever. Raises Taken after that, and OSError where the
    file cannot be made. The system gives the lock back when a process ends, however it ends: a
    file from before locks nobody out.
    """
    with contextlib.ExitStack() as stack:
        held = _has_locks(path) and _acquire(stack, path, timeout)
        if not held:
            _warn(path.parent)
        yield held


def _warn(folder: Path) -> None:
    """Once for each file system."""
    device = os.stat(folder).st_dev
    if device in _known:
        return
    _known.add(device)
    warnings.warn(
        f"the file system of {folder} has no locks: let one process at a time train in a folder, "
        "and fetch or decode data there; compiled kernels are not kept there",
        ChainruleWarning,
        stacklevel=2,
    )


def _acquire(stack: contextlib.ExitStack, path: Path, timeout: float) -> bool:
    from filelock import FileLock, Timeout

    try:
        stack.enter_context(FileLock(path, timeout=timeout))
    except Timeout:
        raise Taken(errno.EWOULDBLOCK, "another process holds the lock", str(path)) from None
    except NotImplementedError:
        return False
    except OSError:
        if os.access(path, os.W_OK):  # it is the lock that failed, not the file
            return False
        raise
    return True


def _has_locks(path: Path) -> bool:
    """Whether ``path`` can be locked. filelock itself falls back to files that a killed process
    leaves behind, and its versions before 3.21 ask for ever."""
    try:
        import fcntl
    except ImportError:  # Windows, whose locks are part of opening a file
        return True
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in TAKEN
    finally:
        os.close(file)
    return True
