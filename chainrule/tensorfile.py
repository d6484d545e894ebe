"""Arrays and text in one safetensors file, written whole or not at all. No pickle anywhere."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .device import on_host
from .errors import InputError
from .files import atomic_write, parse_json
from .types import Array

ENTRY, DIGEST = "chainrule", "sha256"
DEEPEST = 400  # of the metadata: layers inside layers take several levels each
REASON = 200  # characters of a library's message, which may quote what the file says


def write_tensors(
    path: str | os.PathLike[str], arrays: Mapping[str, Array], metadata: Mapping[str, Any]
) -> None:
    """Write named arrays and JSON metadata to ``path``, atomically."""
    atomic_write(path, pack_tensors(arrays, metadata))


def pack_tensors(arrays: Mapping[str, Array], metadata: Mapping[str, Any]) -> bytes:
    """The bytes of a safetensors file with arrays and JSON metadata. Equal content, equal bytes.

    safetensors writes its table of metadata in no fixed order, so all of ours is one entry. A
    digest of the content goes with it, since safetensors itself would not see a changed bit.
    """
    from safetensors.numpy import save

    contiguous = {name: np.asarray(on_host(array), order="C") for name, array in arrays.items()}
    entry = json.dumps({**metadata, DIGEST: _digest(contiguous, json.dumps(metadata))})
    packed: bytes = save(contiguous, metadata={ENTRY: entry})
    return packed


def read_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays and metadata of ``path``. InputError if missing, truncated, not what was once
    written, or something else. A file of others, without a digest, is taken as it is."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise InputError(f"no such file: {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            entry = (file.metadata() or {}).get(ENTRY, "{}")
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = str(error)[:REASON] or type(error).__name__
        raise InputError(f"{path} is damaged or not a safetensors file ({reason})") from None
    metadata = parse_json(entry, f"{path} is damaged: its metadata", DEEPEST)
    if not isinstance(metadata, dict):
        return arrays, {}
    digest = metadata.pop(DIGEST, None)
    if digest is not None and digest != _digest(arrays, json.dumps(metadata)):
        raise InputError(f"{path} is damaged: its content is not what was written (sha256)")
    return arrays, metadata


def _digest(arrays: Mapping[str, Array], metadata: str) -> str:
    digest = hashlib.sha256(metadata.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
