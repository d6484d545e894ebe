"""Arrays and text in one safetensors file, written whole or not at all. No pickle anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import InputError
from .files import atomic_write
from .types import Array

ENTRY = "chainrule"


def write_tensors(
    path: str | os.PathLike[str], arrays: Mapping[str, Array], metadata: Mapping[str, Any]
) -> None:
    """Write named arrays and JSON metadata to ``path``, atomically. Equal content, equal bytes.

    safetensors writes its table of metadata in no fixed order, so all of ours is one entry.
    """
    from safetensors.numpy import save

    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    atomic_write(path, save(contiguous, metadata={ENTRY: json.dumps(metadata)}))


def read_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays and metadata of ``path``. InputError if missing, truncated or something else."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise InputError(f"no such file: {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = json.loads((file.metadata() or {}).get(ENTRY, "{}"))
            return arrays, metadata if isinstance(metadata, dict) else {}
    except (SafetensorError, OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path} is damaged or not a safetensors file ({error})") from None
