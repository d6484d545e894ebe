"""The strict arrays and the stand-in offer no name and no argument that CuPy lacks."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from . import fake, strict

cupy = pytest.importorskip("cupy")  # without a driver it is imported all the same


def arguments(function: Any) -> set[str] | None:
    """The names that a function takes; None where it does not say, as a ufunc."""
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        found = re.search(r"\((.*)\)", (function.__doc__ or "").split("\n")[0])
        if found is None:
            return None
        words = (part.split("=")[0].split()[-1:] for part in found[1].split(","))
        return {word.lstrip("*") for part in words for word in part}


@pytest.mark.parametrize("name", [*fake.UFUNCS, *fake.FUNCTIONS])
def test_functions(name: str) -> None:
    known = arguments(getattr(cupy, name))
    taken = set(fake.FUNCTIONS.get(name, "").split())
    assert known is None or "kwargs" in known or taken <= known


@pytest.mark.parametrize("name", fake.LINALG)
def test_functions_of_matrices(name: str) -> None:
    known = arguments(getattr(cupy.linalg, name))
    assert known is None or set(fake.LINALG[name].split()) <= known


@pytest.mark.parametrize("name", [*strict.METHODS, *strict.PROPERTIES, "get", "set", "device"])
def test_methods(name: str) -> None:
    method = getattr(cupy.ndarray, name)
    known, takes = arguments(method), strict.METHODS.get(name)
    assert known is None or takes is None or set(takes.split()) <= known


@pytest.mark.parametrize("name", [*strict.BINARY, *strict.UNARY])
def test_operators(name: str) -> None:
    assert hasattr(cupy.ndarray, f"__{name.rstrip('_')}__")


def test_the_rest_that_is_called() -> None:
    assert callable(cupy.lib.stride_tricks.sliding_window_view)
    assert cupy.ogrid is not None
    assert issubclass(cupy.cuda.memory.OutOfMemoryError, MemoryError)
    assert issubclass(cupy.cuda.runtime.CUDARuntimeError, RuntimeError)
    runtime = ("getDeviceCount", "driverGetVersion", "runtimeGetVersion", "memGetInfo")
    assert all(callable(getattr(cupy.cuda.runtime, name)) for name in runtime)
    pool = cupy.get_default_memory_pool()
    assert all(callable(getattr(pool, name)) for name in ("free_bytes", "total_bytes"))
    assert not hasattr(cupy.ndarray, "__array_namespace__")  # else `namespace` could ask for it


def test_without_a_driver_or_a_card_the_message_is_ours() -> None:
    from chainrule.device import device
    from chainrule.errors import InputError

    if cupy.cuda.is_available():
        assert device("gpu").is_gpu
        return
    with pytest.raises(InputError, match=r"no NVIDIA driver|no GPU is found|driver for CUDA"):
        device("gpu")
