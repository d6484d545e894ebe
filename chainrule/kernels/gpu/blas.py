"""Matrix products by cuBLAS, in the number formats that ``precision`` names.

float32 is multiplied in float32, never in TF32: the call says so itself, whatever CuPy's settings.
Rows that lie one after the other are read as columns of the transpose, as BLAS wants them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...types import Array
from .arrays import empty, laid_out

REAL_32, BFLOAT_16 = 0, 14  # cudaDataType_t: CUDA_R_32F, CUDA_R_16BF
IN_FLOAT32 = 68  # CUBLAS_COMPUTE_32F: full precision, in every step
ANY_ALGORITHM = -1
ONE, ZERO = np.ones(1, np.float32), np.zeros(1, np.float32)


class Matrix(NamedTuple):
    """Rows one after the other, or the transpose of such."""

    rows: Array
    transposed: bool

    def of(self, data: Array) -> Matrix:
        """Other numbers in the same layout."""
        return Matrix(data, self.transposed)


def matrix(x: Array) -> Matrix:
    """x (M, K) where it lies if it can be read so, else a copy."""
    if x.flags.c_contiguous or not x.flags.f_contiguous:
        return Matrix(laid_out(x), False)
    return Matrix(x.T, True)


def multiply(a: Matrix, b: Matrix, out: Array, *, add: bool = False) -> None:
    """out (M, N) = a b, or += a b; both factors float32 or both bfloat16, sums in float32"""
    import cupy
    from cupy_backends.cuda.libs import cublas

    m, n = out.shape
    depth = a.rows.shape[0 if a.transposed else 1]
    handle = cupy.cuda.device.get_cublas_handle()
    mode = cublas.getPointerMode(handle)
    cublas.setPointerMode(handle, cublas.CUBLAS_POINTER_MODE_HOST)
    try:
        cublas.gemmEx(
            handle, int(b.transposed), int(a.transposed), n, m, depth, _at(ONE),
            *_factor(b.rows), *_factor(a.rows), _at(ONE if add else ZERO),
            *_factor(out), IN_FLOAT32, ANY_ALGORITHM,
        )  # fmt: skip
    finally:
        cublas.setPointerMode(handle, mode)


def product(a: Array, b: Array) -> Array:
    """a b in float32."""
    out = empty((a.shape[0], b.shape[1]))
    multiply(matrix(a), matrix(b), out)
    return out


def _factor(x: Array) -> tuple[int, int, int]:
    """Where it lies, its type, and how far apart its rows are."""
    pointer: Any = x.data
    return pointer.ptr, REAL_32 if x.dtype == np.float32 else BFLOAT_16, max(1, x.shape[1])


def _at(number: Array) -> int:
    return int(number.ctypes.data)
