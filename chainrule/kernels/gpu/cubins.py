"""The kernels of ``tiles`` as machine code: found where it has been made, else compiled and kept.

Compiling takes cuTile's compiler (``pip install 'cuda-tile[tileiras]'``), some ten seconds a kernel
and no GPU: cubins that were made elsewhere are looked for in the folder that $CHAINRULE_CUBINS
names, then in the user's cache. Their names hold everything that they depend on.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import os
import threading
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ... import homes
from ...errors import ChainruleWarning
from ...files import WriteFailed, atomic_write
from .. import forks, notices
from . import tiles

VARIABLE = "CHAINRULE_CUBINS"
DRIVER = 13000  # of CUDA 13, the drivers from 580 on: older ones cannot launch tile kernels

ARRAYS = {
    "x": ("bfloat16", 5), "x_low": ("bfloat16", 5), "w": ("bfloat16", 3), "w_low": ("bfloat16", 3),
    "dy": ("bfloat16", 4), "dy_low": ("bfloat16", 4), "y": ("float32", 4), "parts": ("float32", 4),
}  # fmt: skip
"""The parameters of kernels that are arrays: the type and the axes of each."""

KERNELS = ("convolve", "convolve_split", "weight_gradient", "weight_gradient_split")

_compiling = forks.keep(threading.RLock())


class Variant(NamedTuple):
    """A kernel with its constants, in the order of its parameters in capitals."""

    kernel: str
    constants: tuple[int, ...]

    def file(self, arch: str) -> str:
        """The name of its cubin for an architecture such as "sm_90"."""
        sizes = "x".join(map(str, self.constants))
        return f"{self.kernel}-{sizes}-{arch}-{_digest()}.cubin"


@cache
def _digest() -> str:
    """Of the source that cubins are made from."""
    return hashlib.sha256(inspect.getsource(tiles).encode()).hexdigest()[:12]


def parameters(kernel: str) -> list[str]:
    """The names of a kernel's parameters.

    >>> parameters("convolve")[:3]
    ['x', 'w', 'y']
    """
    return list(inspect.signature(getattr(tiles, kernel)).parameters)


def folders() -> list[Path]:
    """Where cubins are looked for; new ones go to the last."""
    named = os.environ.get(VARIABLE)
    return [*([Path(named)] if named else []), homes.user_cache() / "cubins"]


def can_compile() -> bool:
    """Whether cuTile and its compiler are installed."""
    try:
        return find_spec("cuda.tile") is not None
    except ModuleNotFoundError:
        return False


def compiled(variant: Variant, arch: str) -> bytes:
    """The machine code. Whatever cuTile raises where it is missing, or refuses."""
    with _compiling:
        from cuda import tile
        from cuda.tile import compilation

        tiles.ct = tile
        notices.compiling()
        kernel, code = getattr(tiles, variant.kernel), io.BytesIO()
        compilation.export_kernel(
            tile.kernel(kernel), [_signature(variant, tile, compilation)], code,
            gpu_code=arch, output_format="cubin",
        )  # fmt: skip
        return code.getvalue()


def _signature(variant: Variant, tile: Any, compilation: Any) -> Any:
    """What each parameter promises: rows that begin at 16 bytes, and arrays that do not overlap."""
    constants = iter(variant.constants)
    promised: list[Any] = []
    for name in parameters(variant.kernel):
        if name in ARRAYS:
            dtype, axes = ARRAYS[name]
            apart = 16 // np.dtype(np.uint16 if dtype == "bfloat16" else np.float32).itemsize
            promised.append(
                compilation.ArrayConstraint(
                    getattr(tile, dtype), axes, index_dtype=tile.int32,
                    stride_lower_bound_incl=0, alias_groups=(), may_alias_internally=False,
                    stride_constant=(None,) * (axes - 1) + (1,),
                    stride_divisible_by=(apart,) * (axes - 1) + (1,), base_addr_divisible_by=16,
                )
            )  # fmt: skip
        elif name.isupper():
            promised.append(compilation.ConstantConstraint(next(constants)))
        else:
            promised.append(compilation.ScalarConstraint(tile.int32))
    convention = compilation.CallingConvention.cutile_python_v1()
    return compilation.KernelSignature(promised, convention, variant.kernel)


def find(variant: Variant, arch: str) -> Path | None:
    """The cubin's file, compiled first where that is needed; None where it cannot be."""
    name, places = variant.file(arch), folders()
    for folder in places:
        if (folder / name).is_file():
            return folder / name
    if not can_compile():
        return None
    try:
        code = compiled(variant, arch)
        places[-1].mkdir(parents=True, exist_ok=True)
        atomic_write(places[-1] / name, code)
    except (OSError, WriteFailed) as error:
        return _without(f"cannot keep {name}: {error}")
    except Exception as error:  # cuTile has many
        first = next(iter(str(error).strip().splitlines()), "")[:200]
        return _without(f"cuTile cannot compile {variant.kernel} for {arch}: {first}")
    return places[-1] / name


@cache
def _without(reason: str) -> None:
    warnings.warn(f"{reason}; convolutions run without it", ChainruleWarning, stacklevel=2)


@cache
def function(variant: Variant, device: int) -> Any:
    """The kernel, loaded for a device; None where there is no cubin for it."""
    import cupy

    if cupy.cuda.runtime.driverGetVersion() < DRIVER:
        return None
    capability = cupy.cuda.Device(device).compute_capability
    path = find(variant, f"sm_{capability}")
    return path and cupy.RawModule(path=str(path)).get_function(variant.kernel)


def loaded(variant: Variant) -> Any:
    """The kernel on the current device; None where there is no cubin for it."""
    import cupy

    return function(variant, int(cupy.cuda.runtime.getDevice()))


def run(kernel: Any, grid: tuple[int, ...], arguments: Sequence[Any]) -> None:
    """Launch a loaded kernel: an array is its address, its shape and its strides.

    The driver gives each block of a tile kernel as many threads as its code wants: it is launched
    with one.
    """
    flat: list[Any] = []
    for each in arguments:
        flat.extend(_words(each) if hasattr(each, "shape") else (np.int32(each),))
    kernel(grid, (1, 1, 1), tuple(flat))


def _words(x: Any) -> list[Any]:
    strides = (step // x.itemsize for step in x.strides)
    return [np.uint64(x.data.ptr), *map(np.int32, x.shape), *map(np.int32, strides)]


def forget() -> None:
    """Load every kernel anew: for another CuPy, as tests have."""
    function.cache_clear()
    _without.cache_clear()
