"""Files of weights of other libraries, read without running anything that they say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from ..data.formats import plain_pickle
from ..data.formats.pickled_arrays import Refused
from ..data.regular_file import open_regular
from ..declared import checked
from ..errors import InputError
from ..types import Array
from .state import state_of
from .torch_file import MAGIC, ZIP, read_archive, read_stream, widened

LARGEST = 1 << 33
"""Bytes of a file."""

_SAFE = {
    "F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1",
    "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "b1",
}  # fmt: skip

_OTHERS = {
    b"\x89HDF": "an HDF5 file, as Keras writes",
    b"\x93NUMPY": "a single NumPy array",
    b"\x1f\x8b": "packed with gzip: unpack it first",
}


@checked
def read(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Arrays of any shape by the names that they have in the file, in the layout of its library.

    Reads safetensors, PyTorch's ``.pth`` in both of its formats (a zip archive, and the stream of
    before 2020) and pickles of NumPy arrays. Nothing of a file is run: a pickle can build dicts,
    lists, tuples, numbers, text and arrays here, and whatever else it names is refused. Where the
    weights lie in a checkpoint under ``state_dict``, ``model`` or the like, these are taken, and a
    ``module.`` before every name is left out. bfloat16 becomes float32, other types stay.

    InputError for a file that is missing, of another format, damaged, cut short, or that would
    build anything else; and for one without arrays.

    >>> import tempfile
    >>> import numpy as np
    >>> from safetensors.numpy import save_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_file({"fc.weight": np.ones((10, 4), np.float32)}, f"{folder}/w.safetensors")
    ...     {name: array.shape for name, array in read(f"{folder}/w.safetensors").items()}
    {'fc.weight': (10, 4)}
    """
    file = Path(path)
    try:
        with open_regular(file, LARGEST) as opened:
            start = opened.peek(32)[:32]
            size = os.fstat(opened.fileno()).st_size
            return state_of(_value(cast(BinaryIO, opened), start, size))
    except Refused as error:
        raise InputError(f"{file} cannot be read as weights: {error}") from None
    except FileNotFoundError:
        raise InputError(f"no such file: {file}") from None
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}") from None
    except MemoryError:
        raise InputError(f"cannot read {file}: there is not enough memory for it") from None


def _value(file: BinaryIO, start: bytes, size: int) -> Any:
    if start.startswith(ZIP):
        return read_archive(file, size)
    if MAGIC.match(start):
        return read_stream(file.read())
    if start[8:9] == b"{":
        return _safetensors(file.read())
    for beginning, kind in _OTHERS.items():
        if start.startswith(beginning):
            raise Refused(f"it is {kind}; expected safetensors, .pth or a pickle of arrays")
    if start[:1] == b"\x80" or start[:1] in (b"(", b"]", b"}", b"c"):
        return plain_pickle.loads(file.read())
    raise Refused("it is neither safetensors nor .pth nor a pickle of arrays")


def _safetensors(data: bytes) -> dict[str, Array]:
    from safetensors import SafetensorError, deserialize

    try:
        entries = deserialize(data)  # type: ignore[no-untyped-call]
    except (SafetensorError, ValueError, OverflowError) as error:
        raise Refused(f"it is damaged ({str(error)[:200]})") from None
    return {name: _entry(name, entry) for name, entry in entries}


def _entry(name: str, entry: dict[str, Any]) -> Array:
    dtype, data, shape = entry["dtype"], entry["data"], entry["shape"]
    if dtype == "BF16":
        return widened(np.frombuffer(data, "<u2")).reshape(shape)
    if dtype not in _SAFE:
        raise Refused(f"{name[:100]!r} is of type {dtype}, which is not supported")
    return np.frombuffer(data, f"<{_SAFE[dtype]}").reshape(shape)
