"""The CUDA C++ functions of ``cuda/`` by name; CuPy compiles a file when it is first called.

What a function takes stands in its source alone: arguments are converted to the types of its
parameters there, arrays to pointers, and None to a null pointer. Arrays must be contiguous.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).with_name("cuda")
OPTIONS = ("-std=c++17",)

BLOCK = 256  # threads of a block, where each computes one element
LANES, LINES = 32, 8  # of a block in norm.cu: channels wide, rows high

SCALARS: dict[str, Callable[[Any], Any]] = {
    "int": np.int32,
    "i64": np.int64,
    "u32": np.uint32,
    "float": np.float32,
}


def source(file: str) -> str:
    """The text of ``cuda/<file>.cu``, with what all files begin with.

    >>> "KERNEL dropout" in source("elementwise")
    True
    """
    return (FOLDER / "common.cuh").read_text() + (FOLDER / f"{file}.cu").read_text()


@cache
def parameters(file: str) -> dict[str, tuple[str, ...]]:
    """The types of each function's parameters, "*" for a pointer.

    >>> parameters("elementwise")["relu_backward"]
    ('*', '*', 'i64', '*')
    """
    found = re.findall(r"^KERNEL (\w+)\((.*?)\)", source(file), re.M | re.S)
    return {name: tuple(map(_type, listed.split(","))) for name, listed in found}


def _type(parameter: str) -> str:
    return "*" if "*" in parameter else parameter.split()[-2]


@cache
def _function(file: str, name: str) -> Any:
    return _module(file).get_function(name)


@cache
def _module(file: str) -> Any:
    import cupy

    return cupy.RawModule(code=source(file), options=OPTIONS)


def forget() -> None:
    """Load every function anew: for another CuPy, as tests have."""
    _function.cache_clear()
    _module.cache_clear()


def launch(
    file: str, name: str, grid: tuple[int, ...], block: tuple[int, ...], *arguments: Any
) -> None:
    """Run a function on a grid of blocks."""
    types = parameters(file)[name]
    values = [_converted(*pair) for pair in zip(types, arguments, strict=True)]
    _function(file, name)(grid, block, tuple(values))


def _converted(type_: str, value: Any) -> Any:
    if type_ == "*":
        return np.uint64(0) if value is None else value
    return SCALARS[type_](value)


def elements(file: str, name: str, size: int, *arguments: Any) -> None:
    """Run a function with a thread for each of ``size`` elements."""
    if size:
        launch(file, name, (-(-size // BLOCK),), (BLOCK,), *arguments)
