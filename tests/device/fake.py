"""A module that stands in for CuPy on a machine without a GPU: strict arrays, and no more names
than CuPy has of those that this library may call."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from .strict import STATE, OutOfMemoryError, ndarray, plain, strictly, wrapped

UFUNCS = (
    "abs", "add", "exp", "expm1", "floor", "isfinite", "isinf", "isnan", "ldexp", "log", "log1p",
    "logical_and", "matmul", "maximum", "minimum", "power", "rint", "sign", "sqrt", "square",
    "tanh",
)  # fmt: skip
FUNCTIONS = {
    "append": "arr values axis", "arange": "start stop step dtype", "argmax": "a axis dtype out",
    "argsort": "a axis kind", "array_equal": "a1 a2 equal_nan",
    "ascontiguousarray": "a dtype", "bincount": "x weights minlength",
    "broadcast_to": "array shape", "clip": "a a_min a_max out",
    "concatenate": "tup axis", "count_nonzero": "a axis", "cumsum": "a axis dtype out",
    "dot": "a b out", "empty": "shape dtype order", "empty_like": "prototype dtype order",
    "eye": "N M k dtype order", "flatnonzero": "a", "full": "shape fill_value dtype order",
    "full_like": "a fill_value dtype order subok shape", "moveaxis": "a source destination",
    "nonzero": "a", "ones": "shape dtype order", "ones_like": "a dtype order subok shape",
    "pad": "array pad_width mode constant_values", "split": "ary indices_or_sections axis",
    "stack": "tup axis", "take_along_axis": "a indices axis", "tile": "A reps",
    "unique": "ar", "vdot": "a b", "where": "condition x y", "zeros": "shape dtype order",
    "zeros_like": "a dtype order subok shape",
}  # fmt: skip
LINALG = {"norm": "x ord axis keepdims", "eigh": "a UPLO"}


class CUDARuntimeError(RuntimeError):
    pass


class Device:
    def __init__(self, id: int = 0) -> None:
        self.id = id

    def use(self) -> None:
        STATE.current = self.id

    def __enter__(self) -> Device:
        self._before, STATE.current = STATE.current, self.id
        return self

    def __exit__(self, *error: Any) -> None:
        STATE.current = self._before


def asarray(x: Any, dtype: Any = None) -> ndarray:
    if isinstance(x, ndarray):
        if x._gpu == STATE.current:
            return x if dtype is None else ndarray(x._a.astype(dtype, copy=False))
        return ndarray(x._a.copy())
    given = [plain(part) for part in x] if isinstance(x, list | tuple) else x
    copy = np.array(given, dtype)
    STATE.sent.append(copy.nbytes)
    return ndarray(copy)


class _Grid:
    def __getitem__(self, key: Any) -> Any:
        return wrapped(np.ogrid[key])


def count() -> int:
    if not STATE.driver:
        raise CUDARuntimeError(
            "cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime "
            "version"
        )
    if STATE.driver < STATE.runtime // 1000 * 1000:
        raise CUDARuntimeError("cudaErrorInsufficientDriver: CUDA driver version is insufficient")
    if not STATE.gpus:
        raise CUDARuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected")
    return STATE.gpus


def cupy() -> ModuleType:
    """A fresh stand-in."""
    module: Any = ModuleType("cupy")
    for name in UFUNCS:
        setattr(module, name, strictly(name, getattr(np, name), None))
    for name, takes in FUNCTIONS.items():
        setattr(module, name, strictly(name, getattr(np, name), takes))
    linalg = {name: strictly(name, getattr(np.linalg, name), LINALG[name]) for name in LINALG}
    module.linalg = SimpleNamespace(**linalg)
    window = strictly(
        "sliding_window_view", np.lib.stride_tricks.sliding_window_view, "x window_shape axis"
    )
    module.lib = SimpleNamespace(stride_tricks=SimpleNamespace(sliding_window_view=window))
    module.ndarray, module.asarray, module.array, module.ogrid = ndarray, asarray, asarray, _Grid()
    module.asnumpy = lambda x: x.get() if isinstance(x, ndarray) else np.asarray(x)
    module.cuda = SimpleNamespace(
        Device=Device,
        memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
        runtime=SimpleNamespace(
            CUDARuntimeError=CUDARuntimeError,
            getDeviceCount=count,
            driverGetVersion=lambda: STATE.driver,
            getDeviceProperties=lambda index: {"name": b"Imaginary 1000"},
            runtimeGetVersion=lambda: STATE.runtime,
            memGetInfo=lambda: (STATE.memory, STATE.memory),
        ),
    )
    pool = SimpleNamespace(free_bytes=lambda: 0, total_bytes=lambda: 0)
    module.get_default_memory_pool = lambda: pool
    return module
