"""Files as ``torch.save`` writes them, byte by byte and without PyTorch; and what nobody should."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from typing import Any

import numpy as np

MAGIC = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
TYPES = {
    "f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage",
    "i4": "IntStorage", "i2": "ShortStorage", "i1": "CharStorage", "u1": "ByteStorage",
    "b1": "BoolStorage",
}  # fmt: skip


def op(value: Any) -> bytes:
    """The instructions that push a plain value: those of its pickle, without its ends."""
    return pickle.dumps(value, 2)[2:-1]


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def storage(key: str = "0", kind: str = "FloatStorage", count: Any = 6, *more: bytes) -> bytes:
    """A persistent id; ``more`` is the view of it that the old format may have."""
    start = b"(" + op("storage") + named("torch", kind) + op(key) + op("cpu") + op(count)
    return start + b"".join(more) + b"tQ"


def tensor(
    held: bytes | None = None, offset: Any = 0, size: Any = (2, 3), stride: Any = (3, 1)
) -> bytes:
    parts = (storage() if held is None else held) + op(offset) + op(size) + op(stride)
    hooks = named("collections", "OrderedDict") + b")R"
    return named("torch._utils", "_rebuild_tensor_v2") + b"(" + parts + b"\x89" + hooks + b"tR"


def state_dict(**entries: bytes) -> bytes:
    """An OrderedDict with attributes, as a module's is."""
    items = b"".join(op(name) + entry for name, entry in entries.items())
    made = named("collections", "OrderedDict") + b")R(" + items + b"u"
    versions = b"}" + op("_metadata") + named("collections", "OrderedDict") + b")Rs"
    return made + versions + b"b"


def program(instructions: bytes) -> bytes:
    return b"\x80\x02" + instructions + b"."


def archive(
    instructions: bytes, storages: dict[str, bytes], *, folder: str = "archive/", **options: Any
) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **options) as file:
        file.writestr(f"{folder}data.pkl", program(instructions))
        file.writestr(f"{folder}version", b"3\n")
        for key, data in storages.items():
            file.writestr(f"{folder}data/{key}", data)
    return packed.getvalue()


def stream(
    instructions: bytes, storages: dict[str, tuple[int, bytes]], *, little: bool = True
) -> bytes:
    """``storages``: (how many numbers, their bytes) by key."""
    order = "<q" if little else ">q"
    machine = {"protocol_version": 1001, "little_endian": little, "type_sizes": {"int": 4}}
    parts = [MAGIC, pickle.dumps(1001, 2), pickle.dumps(machine, 2), program(instructions)]
    parts.append(pickle.dumps(list(storages), 2))
    parts += [struct.pack(order, count) + data for count, data in storages.values()]
    return b"".join(parts)


SIX = np.arange(6, dtype="<f4")


def both(instructions: bytes) -> dict[str, bytes]:
    """The program in each format, with one storage of six numbers."""
    return {
        "archive": archive(instructions, {"0": SIX.tobytes()}),
        "stream": stream(instructions, {"0": (6, SIX.tobytes())}),
    }
