"""The CUDA C++ kernels compiled for the host by a C++ compiler, and run thread by thread."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

COMPILER = shutil.which("c++") or shutil.which("g++")
SHIM = Path(__file__).with_name("host.hpp")
OPTIONS = ("-std=c++17", "-O1", "-fPIC", "-shared", "-ffp-contract=off", "-w")


@functools.cache
def folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="chainrule-host-")


@functools.cache
def library(source: str) -> ctypes.CDLL:
    """The compiled source, with a function ``host_NAME(sizes, …)`` for each kernel in it."""
    waits = str("__syncthreads" in source).lower()
    text = f'#include "{SHIM}"\n{source}'
    for name, listed in re.findall(r"^KERNEL (\w+)\((.*?)\)", source, re.M | re.S):
        names = ", ".join(re.findall(r"\w+", each)[-1] for each in listed.split(","))
        text += (
            f'extern "C" void host_{name}(const unsigned* sizes, {listed}) {{\n'
            f"    host_body = [&] {{ {name}({names}); }};\n    host_grid(sizes, {waits});\n}}\n"
        )
    place = Path(folder().name) / hashlib.sha256(text.encode()).hexdigest()[:16]
    place.with_suffix(".cpp").write_text(text)
    assert COMPILER is not None
    subprocess.run(
        [COMPILER, *OPTIONS, "-o", str(place), str(place.with_suffix(".cpp"))], check=True
    )
    return ctypes.CDLL(str(place))


TYPES = {np.int32: ctypes.c_int, np.int64: ctypes.c_longlong, np.uint32: ctypes.c_uint,
         np.uint64: ctypes.c_void_p, np.float32: ctypes.c_float}  # fmt: skip


def argument(value: Any) -> Any:
    """As the launch passes it: an array as its address, a number in its own type."""
    if isinstance(value, np.ndarray):
        assert value.flags.c_contiguous
        return ctypes.c_void_p(value.ctypes.data)
    return TYPES[type(value)](value.item())


def run(source: str, name: str, grid: Any, block: Any, arguments: Any) -> None:
    sizes = (ctypes.c_uint * 6)(*(*grid, 1, 1)[:3], *(*block, 1, 1)[:3])
    getattr(library(source), f"host_{name}")(sizes, *map(argument, arguments))
