"""PyTorch's two formats of files: a zip archive, and the stream of before 2020.

archive  NAME/data.pkl is the pickle, NAME/data/KEY the numbers of a storage, as they are
stream   a magic number, a version and what the machine was, a pickle each; the pickle; one of the
         storages' keys in order; then for each its count in 8 bytes and its numbers
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from ..data.fetching.archives import BROKEN
from ..data.formats.pickled_arrays import Refused
from ..types import Array
from .torch_pickle import BFLOAT16, Dtype, Storage, Tensor, TorchMachine

MAGIC = re.compile(rb"\x80[\x02-\x05](\x95.{8})?\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19\.", re.DOTALL)
"""How the stream begins: a number of ten bytes as a pickle, from protocol 4 on in a frame."""
ZIP = b"PK\x03\x04"
PICKLE = 1 << 28
"""Bytes of an archive's pickle: a checkpoint of a thousand tensors has 0.2 million."""


def read_archive(file: BinaryIO, size: int) -> Any:
    """What a zip archive holds, its tensors as arrays. Raises Refused."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = {info.filename: info for info in archive.infolist()}
            # Members may lie on top of each other, and give more than there is.
            if sum(info.file_size for info in members.values()) > size:
                raise Refused("its members are larger than the file")
            if any(info.compress_type != zipfile.ZIP_STORED for info in members.values()):
                raise Refused("its members are compressed, which PyTorch never does")
            found = [name for name in members if name == "data.pkl" or name.endswith("/data.pkl")]
            if not found:
                raise Refused("it is a zip archive without a data.pkl")
            folder = min(found, key=len).removesuffix("data.pkl")
            pickle = members[f"{folder}data.pkl"]
            if pickle.file_size > PICKLE:
                raise Refused(f"its data.pkl has {pickle.file_size:,} bytes")
            order = members.get(f"{folder}byteorder")
            big = order is not None and order.file_size < 9 and archive.read(order) == b"big"

            def bytes_of(storage: Storage) -> bytes:
                member = members.get(f"{folder}data/{storage.key}")
                if member is None:
                    raise Refused(f"it lacks the storage {storage.key[:60]!r}")
                return archive.read(member)

            stream = io.BytesIO(archive.read(pickle))
            machine = TorchMachine(pickle.file_size)
            value = machine.read(stream)
            return _filled(value, machine, bytes_of, big)
    except Refused:
        raise
    except BROKEN as error:
        raise Refused(f"it cannot be unpacked ({error})") from None
    except (NotImplementedError, ValueError) as error:
        raise Refused(f"it cannot be unpacked ({str(error)[:100]})") from None


def read_stream(data: bytes) -> Any:
    """What a file of the old format holds, its tensors as arrays. Raises Refused."""
    stream = io.BytesIO(data)
    found = MAGIC.match(data)
    stream.seek(found.end() if found else 0)
    _, machine_of = (TorchMachine(len(data)).read(stream) for _ in range(2))
    little = machine_of.get("little_endian", True) if isinstance(machine_of, dict) else True
    machine = TorchMachine(len(data))
    value = machine.read(stream)
    keys = TorchMachine(len(data)).read(stream)
    if not isinstance(keys, list):
        raise Refused("it has no list of its storages")
    places: dict[str, tuple[int, int]] = {}
    position = stream.tell()
    for key in keys:
        key = key.decode("latin-1") if isinstance(key, bytes) else str(key)[:100]
        storage = machine.storages.get(key)
        if storage is None or key in places:
            raise Refused(f"it has a storage {key[:60]!r} that it does not use, or two of them")
        head = data[position : position + 8]
        if len(head) < 8 or int.from_bytes(head, "little" if little else "big") != storage.whole:
            raise Refused(f"it is cut short, or the size of its storage {key[:60]!r} is wrong")
        length = storage.whole * (storage.dtype.itemsize if storage.dtype else 1)
        if position + 8 + length > len(data):
            raise Refused(
                f"it is cut short: storage {key[:60]!r} should end at byte "
                f"{position + 8 + length:,} of {len(data):,}"
            )
        places[key] = position + 8, position + 8 + length
        position += 8 + length
    if position != len(data):
        raise Refused(f"it ends at byte {position:,} of {len(data):,}")

    def bytes_of(storage: Storage) -> memoryview:
        if storage.key not in places:
            raise Refused(f"it lacks the storage {storage.key[:60]!r}")
        start, stop = places[storage.key]
        return memoryview(data)[start:stop]

    return _filled(value, machine, bytes_of, not little)


def _filled(
    value: Any,
    machine: TorchMachine,
    bytes_of: Callable[[Storage], bytes | memoryview],
    big: bool,
) -> Any:
    """``value`` with arrays for its notes of tensors, built anew where it holds some. Arrays share
    the bytes of their storages; what is nested deeper than DEEPEST is refused."""
    numbers: dict[tuple[str, str], Array] = {}

    def storage_of(tensor: Tensor) -> Array:
        key = tensor.storage.key, tensor.dtype.code
        if key not in numbers:
            whole = machine.storages[tensor.storage.key]
            numbers[key] = _numbers(bytes_of(whole), whole, tensor.dtype, big)
        return numbers[key]

    def fill(item: Any, left: int, done: dict[int, Any]) -> Any:
        if isinstance(item, Tensor):
            flat = storage_of(item)[item.storage.offset + item.offset :]
            steps = [step * flat.itemsize for step in item.stride]
            view = np.lib.stride_tricks.as_strided(flat, item.size, steps, writeable=False)
            return view if 0 not in item.size else np.zeros(item.size, flat.dtype)
        if not isinstance(item, (dict, list, tuple)):
            return item
        if left == 0:
            raise Refused(f"it is nested more than {DEEPEST} deep")
        if id(item) not in done:
            done[id(item)] = None  # where it holds itself
            if isinstance(item, dict):
                done[id(item)] = {k: fill(v, left - 1, done) for k, v in item.items()}
            else:
                done[id(item)] = type(item)(fill(v, left - 1, done) for v in item)
        return done[id(item)]

    return fill(value, DEEPEST, {})


DEEPEST = 64
"""Dicts and lists inside each other; a checkpoint with its optimizer takes five."""


def _numbers(data: bytes | memoryview, storage: Storage, dtype: Dtype, big: bool) -> Array:
    width = storage.dtype.itemsize if storage.dtype else 1
    if len(data) != storage.whole * width:
        raise Refused(
            f"its storage {storage.key[:60]!r} has {len(data):,} bytes, not {storage.whole} "
            f"numbers of {width}"
        )
    order = ">" if big else "<"
    data = memoryview(data)[: len(data) // dtype.itemsize * dtype.itemsize]
    if dtype.code == BFLOAT16:
        return widened(np.frombuffer(data, f"{order}u2"))
    flat = np.frombuffer(data, order + dtype.code)
    return flat.astype(flat.dtype.newbyteorder("="), copy=False)


def widened(halves: Array) -> Array:
    """bfloat16, given as uint16, as the float32 of the same value."""
    whole: Array = (halves.astype(np.uint32) << 16).view(np.float32)
    return whole
