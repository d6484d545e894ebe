"""Files that are either the old one or the new one, never half of each."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from .errors import InputError


def atomic_write(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write ``data`` to ``path`` so that a reader, a full disk or a kill sees no partial file.

    The bytes go to a temporary file in the same folder, reach the disk, and take the name in
    one step. Raises InputError, naming the file and the reason, if that cannot be done.
    """
    target = Path(path)
    payload = data.encode() if isinstance(data, str) else data
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:  # Ctrl-C too leaves nothing behind
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise InputError(f"cannot write {target}: {error.strerror or error}") from error
        raise
