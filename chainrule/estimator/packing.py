"""A fitted net as bytes: of a model that a model file can hold, those of the file.

Pickle and joblib then store numbers and JSON, and no objects of ours that a later version may have
changed. A net with layers or functions of the user's own is stored as pickle stores it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..layers.base import Layer
from ..optim import Optimizer
from ..saving import load, pack
from ..tensorfile import pack_tensors, read_tensors


def packed(model: Layer) -> Any:
    """Bytes, or the model itself where a model file could not hold it."""
    try:
        return pack(model)
    except InputError:
        return model


def unpacked(model: Any) -> Any:
    if not isinstance(model, bytes):
        return model
    with _in_file(model) as path:
        return load(path)


def packed_optimizer(optimizer: Optimizer) -> bytes:
    return pack_tensors(optimizer.state(), {})


def load_optimizer(optimizer: Optimizer, data: bytes) -> Optimizer:
    with _in_file(data) as path:
        optimizer.load_state(read_tensors(path)[0])
    return optimizer


@contextmanager
def _in_file(data: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "packed.safetensors")
        path.write_bytes(data)
        yield os.fspath(path)
