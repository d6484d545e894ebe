"""The part of CuPy that ``chainrule/kernels/gpu`` calls, on the host.

Arrays are NumPy's under another class, so that one which is still on the host is noticed. Kernels
of CUDA C++ run as ``host.py`` compiles them, those of cuTile on ``tile_model.py``, cuBLAS in NumPy.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from chainrule.kernels.gpu import cubins, tiles

from . import host, tile_model


class DeviceArray(np.ndarray):
    """An array "on the GPU": ``data`` has an address, as CuPy's has."""

    @property
    def data(self):
        return SimpleNamespace(ptr=self.ctypes.data)


def placed(x: Any) -> Any:
    """``x`` on the device: a NumPy array becomes one of ours, all else stays."""
    return np.array(x).view(DeviceArray) if isinstance(x, np.ndarray) else x


def empty(shape, dtype=np.float32):
    """Memory as an allocator hands it out: whatever was there, at an address like CuPy's."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    raw = np.full(count * dtype.itemsize + 512, 0x7F, np.uint8)
    start = -raw.ctypes.data % 512
    x = raw[start : start + count * dtype.itemsize].view(dtype).reshape(shape)
    if dtype.kind == "f":
        x[...] = np.nan
    return x.view(DeviceArray)


def asarray(x, dtype=None):
    return np.asarray(x, dtype).view(DeviceArray)


def ascontiguousarray(x):
    assert isinstance(x, DeviceArray), "an array that is still on the host"
    if x.flags.c_contiguous:
        return x
    y = empty(x.shape, x.dtype)
    y[...] = x
    return y


class RawModule:
    def __init__(self, code=None, options=(), path=None):
        self.code, self.path = code, path

    def get_function(self, name):
        return _Function(self.code, name) if self.code else _TileKernel(self.path, name)


class _Function:
    def __init__(self, source: str, name: str) -> None:
        self.source, self.name = source, name

    def __call__(self, grid, block, arguments):
        for each in arguments:
            assert isinstance(each, DeviceArray | np.generic), type(each)
        host.run(self.source, self.name, grid, block, arguments)


class _TileKernel:
    """A cubin, whose file name says which kernel and constants it was made of."""

    def __init__(self, path: str, name: str) -> None:
        self.name = name
        self.constants = list(map(int, Path(path).name.split("-")[1].split("x")))

    def __call__(self, grid, block, words):
        assert block == (1, 1, 1)
        words, constants, arguments = list(words), list(self.constants), []
        for name in cubins.parameters(self.name):
            if name in cubins.ARRAYS:
                arguments.append(_array(words, *cubins.ARRAYS[name]))
            elif name.isupper():
                arguments.append(constants.pop(0))
            else:
                word = words.pop(0)
                assert type(word) is np.int32
                arguments.append(int(word))
        assert not words
        before, tiles.ct = tiles.ct, tile_model
        try:
            tile_model.run(getattr(tiles, self.name), grid, arguments)
        finally:
            tiles.ct = before


def _array(words: list[Any], dtype: str, axes: int) -> tile_model.Array:
    """An array from its address, shape and strides, which keep what was promised of them."""
    numbers = np.dtype(np.float32 if dtype == "float32" else np.uint16)
    pointer, rest = words.pop(0), [words.pop(0) for _ in range(2 * axes)]
    assert type(pointer) is np.uint64 and all(type(word) is np.int32 for word in rest)
    shape, strides = tuple(map(int, rest[:axes])), tuple(map(int, rest[axes:]))
    assert pointer % 16 == 0 and strides[-1] == 1
    assert all(step * numbers.itemsize % 16 == 0 for step in strides[:-1])
    extent = 1 + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    buffer = (np.ctypeslib.ctypes.c_char * (extent * numbers.itemsize)).from_address(int(pointer))
    memory = as_strided(
        np.frombuffer(buffer, numbers), shape, [step * numbers.itemsize for step in strides]
    )
    return tile_model.Array(memory, dtype)


def _gemm_ex(
    handle, op_a, op_b, m, n, k, alpha, a, a_type, lda, b, b_type, ldb, beta, c, c_type, ldc,
    compute, algorithm,
):  # fmt: skip
    """C (m, n) = α op(A) op(B) + β C, column by column, in float32"""
    assert c_type == 0 and compute == 68
    left = _matrix(a, a_type, (k, m) if op_a else (m, k), lda)
    right = _matrix(b, b_type, (n, k) if op_b else (k, n), ldb)
    out, scale, keep = _matrix(c, 0, (m, n), ldc), _number(alpha), _number(beta)
    with np.errstate(invalid="ignore", over="ignore"):
        y = scale * ((left.T if op_a else left) @ (right.T if op_b else right))
    out[...] = y + keep * out if keep else y


def _matrix(pointer: int, kind: int, shape: tuple[int, int], apart: int) -> Any:
    assert apart >= shape[0]
    dtype = np.dtype({0: np.float32, 14: np.uint16}[kind])
    count = max(0, apart * (shape[1] - 1) + shape[0])
    buffer = (np.ctypeslib.ctypes.c_char * (count * dtype.itemsize)).from_address(pointer)
    memory = as_strided(
        np.frombuffer(buffer, dtype), shape, (dtype.itemsize, apart * dtype.itemsize)
    )
    return memory if kind == 0 else (memory.astype(np.uint32) << 16).view(np.float32)


def _number(pointer: int) -> float:
    return float(np.ctypeslib.ctypes.c_float.from_address(pointer).value)


class CuPy(ModuleType):
    """The functions that the definitions call are NumPy's, which take these arrays too."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(np, name)


def modules(*, driver: int = 13000, capability: str = "90") -> dict[str, ModuleType]:
    """What ``import`` finds in place of CuPy."""
    device = SimpleNamespace(compute_capability=capability)
    cupy = CuPy("cupy")
    cupy.__dict__.update(
        ndarray=DeviceArray, empty=empty, asarray=asarray, ascontiguousarray=ascontiguousarray,
        RawModule=RawModule,
        cuda=SimpleNamespace(
            Device=lambda number=0: device,
            device=SimpleNamespace(get_cublas_handle=lambda: 1),
            runtime=SimpleNamespace(driverGetVersion=lambda: driver, getDevice=lambda: 0),
        ),
    )  # fmt: skip
    cublas = ModuleType("cupy_backends.cuda.libs.cublas")
    cublas.__dict__.update(
        gemmEx=_gemm_ex, getPointerMode=lambda handle: 0,
        setPointerMode=lambda handle, mode: None, CUBLAS_POINTER_MODE_HOST=0,
    )  # fmt: skip
    found = {"cupy": cupy, "cupy_backends.cuda.libs.cublas": cublas}
    for name in ("cupy_backends", "cupy_backends.cuda", "cupy_backends.cuda.libs"):
        found[name] = ModuleType(name)
    found["cupy_backends.cuda.libs"].cublas = cublas  # type: ignore[attr-defined]
    return found
