"""Arrays and text in one safetensors file, written whole or not at all. No pickle anywhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .errors import InputError
from .files import atomic_write
from .types import Array


def write_tensors(
    path: str | os.PathLike[str], arrays: Mapping[str, Array], metadata: Mapping[str, str]
) -> None:
    """Write named arrays and a metadata table of strings to ``path``, atomically."""
    from safetensors.numpy import save

    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    atomic_write(path, save(contiguous, metadata=dict(metadata)))


def read_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and metadata of ``path``. InputError if missing, truncated or something else."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise InputError(f"no such file: {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return arrays, file.metadata() or {}
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} is damaged or not a safetensors file ({error})") from None
