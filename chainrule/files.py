"""Files that are either the old one or the new one, never half of each."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from .annotated import DEEPEST, is_deep, too_deep
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


def parse_json(text: bytes | str, name: str, deepest: int = DEEPEST) -> Any:
    """The values in JSON ``text``. InputError, calling it ``name``, if it is none, or if it is
    nested more than ``deepest`` deep."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise InputError(f"{name}: {too_deep(deepest)}") from None
    except ValueError as error:  # not UTF-8, not JSON, or a number of more than 4,300 digits
        raise InputError(f"{name} is not JSON: {str(error)[:200]}") from None
    if is_deep(value, deepest):
        raise InputError(f"{name}: {too_deep(deepest)}")
    return value
