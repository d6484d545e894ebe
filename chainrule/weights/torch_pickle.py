"""What the names in PyTorch's pickles stand for, without calling anything they name.

A tensor is ``_rebuild_tensor_v2(storage, offset, size, stride, …)``, and a storage the persistent
id ``("storage", FloatStorage, key, device, count)``: the numbers themselves lie outside the pickle.
Here a tensor is a note of these values until its storage is read and found large enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

import numpy as np

from ..data.formats.pickled_arrays import GLOBALS, Refused
from ..data.formats.plain_pickle import Machine

RANK = 16
"""Axes that a tensor may have."""

BFLOAT16 = "bfloat16"
"""NumPy has no such type: its numbers are the upper halves of float32."""

DTYPES = {
    "Float": "f4", "Double": "f8", "Half": "f2", "BFloat16": BFLOAT16, "Long": "i8", "Int": "i4",
    "Short": "i2", "Char": "i1", "Byte": "u1", "Bool": "b1",
}  # fmt: skip
_OF_TORCH = {
    "float32": "f4", "float64": "f8", "float16": "f2", "bfloat16": BFLOAT16, "int64": "i8",
    "int32": "i4", "int16": "i2", "int8": "i1", "uint8": "u1", "bool": "b1", "uint16": "u2",
    "uint32": "u4", "uint64": "u8",
}  # fmt: skip


class Name(Enum):
    """What a global may stand for."""

    DICT = "OrderedDict"
    SIZE = "Size"
    DEVICE = "device"
    TENSOR = "_rebuild_tensor"
    TENSOR_V2 = "_rebuild_tensor_v2"
    TENSOR_V3 = "_rebuild_tensor_v3"
    PARAMETER = "_rebuild_parameter"
    FROM_TYPE = "_rebuild_from_type_v2"
    TYPE = "Tensor"
    UNTYPED = "UntypedStorage"
    SCALAR = "scalar"


@dataclass(frozen=True)
class Dtype:
    """Of a storage, by NumPy's code or BFLOAT16."""

    code: str

    @property
    def itemsize(self) -> int:
        return 2 if self.code == BFLOAT16 else np.dtype(self.code).itemsize


@dataclass(frozen=True)
class Storage:
    """``count`` numbers of the storage called ``key``, from ``offset`` on; the whole of it has
    ``whole``. ``dtype`` is None for plain bytes."""

    dtype: Dtype | None
    key: str
    whole: int
    offset: int
    count: int


@dataclass(frozen=True)
class Tensor:
    """A view of a storage. Its numbers are known to lie inside."""

    storage: Storage
    dtype: Dtype
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


_REBUILD = "torch._utils"
NAMES: dict[tuple[str, str], Any] = {
    **GLOBALS,
    ("collections", "OrderedDict"): Name.DICT,
    ("collections", "Counter"): Name.DICT,
    ("torch", "Size"): Name.SIZE,
    ("torch", "device"): Name.DEVICE,
    ("torch", "Tensor"): Name.TYPE,
    ("torch.nn.parameter", "Parameter"): Name.TYPE,
    (_REBUILD, "_rebuild_tensor"): Name.TENSOR,
    (_REBUILD, "_rebuild_tensor_v2"): Name.TENSOR_V2,
    (_REBUILD, "_rebuild_tensor_v3"): Name.TENSOR_V3,
    (_REBUILD, "_rebuild_parameter"): Name.PARAMETER,
    ("torch._tensor", "_rebuild_from_type_v2"): Name.FROM_TYPE,
    ("torch.storage", "UntypedStorage"): Name.UNTYPED,
    ("numpy.core.multiarray", "scalar"): Name.SCALAR,
    ("numpy._core.multiarray", "scalar"): Name.SCALAR,
    **{("torch", f"{name}Storage"): Dtype(code) for name, code in DTYPES.items()},
    **{("torch", name): Dtype(code) for name, code in _OF_TORCH.items()},
}


class TorchMachine(Machine):
    """Builds dicts, lists, tuples, numbers, text, arrays of NumPy's, and notes of tensors."""

    names = NAMES
    plain: ClassVar[tuple[type, ...]] = (*Machine.plain, float, Storage, Tensor, Dtype, Name)

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.storages: dict[str, Storage] = {}

    def run(self, name: str, argument: Any) -> None:
        if name in ("BINFLOAT", "FLOAT"):
            self.stack.append(argument)
        elif name == "BINPERSID":
            self.stack.append(self.storage(self.stack.pop()))
        else:
            super().run(name, argument)

    def global_(self, module: Any, name: Any) -> None:
        if isinstance(module, str) and (module, name) not in self.names:
            raise Refused(
                f"it names {module[:60]}.{str(name)[:60]}, which may be anything; in PyTorch, "
                "write the weights alone: torch.save(model.state_dict(), PATH)"
            )
        super().global_(module, name)

    def storage(self, identity: Any) -> Storage:
        """What a persistent id stands for. Views of storages are of PyTorch before 0.4."""
        match identity:
            case ("storage", (Dtype() | Name.UNTYPED) as kind, key, _, int() as count, *view):
                pass
            case _:
                raise Refused("it has a persistent id that is no storage of numbers")
        key = key.decode("latin-1") if isinstance(key, bytes) else key
        if not isinstance(key, (str, int)) or isinstance(key, bool) or count < 0:
            raise Refused("it has a storage without a name or a size")
        dtype = kind if isinstance(kind, Dtype) else None
        whole = Storage(dtype, str(key), count, 0, count)
        known = self.storages.setdefault(whole.key, whole)
        if known != whole:
            raise Refused(f"it has two storages called {whole.key[:60]!r}")
        match view:
            case [] | [None]:
                return whole
            case [(_, int() as offset, int() as size)] if 0 <= offset <= offset + size <= count:
                return Storage(dtype, whole.key, count, offset, size)
        raise Refused("it has a view of a storage that is not inside it")

    def called(self, function: Any, arguments: Any) -> Any:
        match function, arguments:
            case Name.DICT, ():
                return {}
            case Name.DICT, (dict() as given,):
                return dict(given)
            case Name.DICT, (list() as given,):  # as Python 2 wrote it
                return self._dict(given)
            case Name.SIZE, (tuple() | list() as size,):
                return tuple(size)
            case Name.DEVICE, (str() as device, *_):
                return device
            case Name.SCALAR, (np.dtype() as dtype, bytes() as data):
                if len(data) != dtype.itemsize:
                    raise Refused("it has a number of another size than its type")
                return np.frombuffer(data, dtype)[0].item()
            case Name.PARAMETER, (Tensor() as tensor, *_):
                return tensor
            case Name.FROM_TYPE, (
                (Name.TENSOR | Name.TENSOR_V2 | Name.TENSOR_V3) as rebuild, _, tuple() as given, _
            ):  # fmt: skip
                return self.called(rebuild, given)
            case Name.TENSOR | Name.TENSOR_V2, (Storage() as storage, offset, size, stride, *_):
                return _tensor(storage, storage.dtype, offset, size, stride)
            case Name.TENSOR_V3, (
                Storage() as storage, offset, size, stride, _, _, Dtype() as dtype, *_
            ):  # fmt: skip
                return _tensor(storage, dtype, offset, size, stride)
        return super().called(function, arguments)

    def build(self, state: None) -> None:
        """A dict may come with attributes, which PyTorch keeps the versions of modules in."""
        if len(self.stack) > 1 and isinstance(self.stack[-2], (dict, Tensor)):
            self.stack.pop()
        else:
            super().build(state)

    def _dict(self, given: list[Any]) -> dict[Any, Any]:
        if not all(isinstance(item, (list, tuple)) and len(item) == 2 for item in given):
            raise Refused("it has a dict of something else than keys and values")
        made: dict[Any, Any] = {}
        self.stack.append(made)
        self.set_items([part for item in given for part in item])
        self.stack.pop()
        return made


def _tensor(storage: Storage, dtype: Dtype | None, offset: Any, size: Any, stride: Any) -> Tensor:
    """Raises Refused unless every number of the tensor lies in its storage, and there are no more
    of them than there: what a header says can be had is never more than what the file has."""
    if dtype is None or (storage.dtype not in (None, dtype)):
        raise Refused("it has a tensor of another type than its storage")
    for axes in (size, stride):
        if not isinstance(axes, tuple) or not all(type(n) is int and n >= 0 for n in axes):
            raise Refused("it has a tensor whose sizes are none")
    if type(offset) is not int or offset < 0 or len(size) != len(stride) or len(size) > RANK:
        raise Refused("it has a tensor whose sizes are none")
    count = storage.count if storage.dtype else storage.count // dtype.itemsize
    numbers = 1
    for n in size:
        numbers *= n
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if numbers > count or (numbers and last >= count):
        raise Refused(
            f"it has a tensor of {numbers:,} numbers from {offset:,} on in a storage of {count:,}"
        )
    return Tensor(storage, dtype, offset, size, stride)
