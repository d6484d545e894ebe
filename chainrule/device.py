"""Where arrays live, and the way there and back: the machine's memory, or that of a GPU.

    gpu = device("gpu")          the first GPU, by CuPy; "gpu:1" is the second one, "cpu" none
    x = gpu.put(images)          NumPy's array as CuPy's
    y = on_host(model(x))        and back

An array's own type says where it lives, and with it which kernels serve it: there is no current
device to forget. CuPy is imported when a GPU is first asked for.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import numpy as np
from msgspec import Meta

from .arrays import is_on_gpu
from .errors import InputError
from .printable import received
from .types import Array

INSTALL = (
    "pip install 'chainrule[cuda13]' (NVIDIA driver 580 or newer) or "
    "'chainrule[cuda12]' (525 or newer)"
)
DRIVER = "https://www.nvidia.com/drivers"
NAME = r"^(cpu|gpu(:(0|[1-9][0-9]{0,3}))?)$"
DeviceName = Annotated[str, Meta(pattern=NAME, description='"cpu", "gpu" or "gpu:1"')]


@dataclass(frozen=True)
class Device:
    """The CPU, whose ``index`` is None, or the GPU of this number."""

    index: int | None = None

    @property
    def is_gpu(self) -> bool:
        return self.index is not None

    def put(self, x: Any) -> Array:
        """``x`` on this device: itself where it is there, else a copy."""
        if self.index is None:
            return on_host(x)
        with self.current():
            copy: Array = _cupy().asarray(x if is_on_gpu(x) else np.asarray(x))
            return copy

    def current(self) -> AbstractContextManager[Any]:
        """Inside, this GPU is the one that CuPy's functions work on, in this thread."""
        return nullcontext() if self.index is None else _cupy().cuda.Device(self.index)

    def use(self) -> None:
        """Make this GPU the one that CuPy's functions work on from now on, in this thread."""
        if self.index is not None:
            _cupy().cuda.Device(self.index).use()

    def memory(self) -> Memory:
        """The memory of a GPU."""
        with self.current():
            free, _ = _cupy().cuda.runtime.memGetInfo()
            pool = _cupy().get_default_memory_pool()
            return Memory(int(free + pool.free_bytes()), int(free + pool.total_bytes()))

    @property
    def described(self) -> str:
        """Its name and, of a GPU, that of the card, as "gpu (NVIDIA H100 80GB HBM3)"."""
        if self.index is None:
            return "cpu"
        found = _cupy().cuda.runtime.getDeviceProperties(self.index)["name"]
        return f"{self} ({found.decode(errors='replace') if isinstance(found, bytes) else found})"

    def __str__(self) -> str:
        return "cpu" if self.index is None else f"gpu:{self.index}" if self.index else "gpu"


CPU = Device()


class Memory(NamedTuple):
    """Bytes for new arrays, and for all arrays of this process: what others leave to it."""

    free: int
    reachable: int


def known(name: Any) -> str:
    """``name``, if it is that of a device, whether it is there or not; InputError for any other."""
    if isinstance(name, Device):
        return str(name)
    if isinstance(name, str) and re.fullmatch(NAME, name):
        return name
    raise InputError(f'device: expected "cpu", "gpu" or "gpu:1", received {received(name)}')


def device(name: str | Device) -> Device:
    """The device of this name. InputError for an unknown one, and for a GPU that cannot be used:
    without CuPy, a driver, or a card."""
    gpu, _, number = known(name).partition(":")
    if gpu == "cpu":
        return CPU
    index, count = int(number or 0), _count()
    if index >= count:
        there = "gpu" if count == 1 else f"gpu:0 to gpu:{count - 1}"
        raise InputError(f"device: expected {there}, which is all there is, received {name}")
    return Device(index)


def gpu_in_use() -> bool:
    """Whether there may be arrays on a GPU: only where CuPy is imported."""
    return sys.modules.get("cupy") is not None


def device_of(x: Any) -> Device:
    """Where an array lives, or a model."""
    if isinstance(x, np.ndarray) or not gpu_in_use():
        return CPU
    if is_on_gpu(x):
        return Device(int(x.device.id))
    found = getattr(x, "device", CPU)  # a layer's; an ensemble and a function have none
    return found if isinstance(found, Device) else CPU


def beside(like: Any, x: Any) -> Array:
    """``x`` where ``like`` lives, an array or a model: itself if it is there."""
    if type(x) is type(like) is np.ndarray:
        return x
    return device_of(like).put(x)


def on_host(x: Any) -> Array:
    """``x`` as an array of NumPy: itself where it is one."""
    if isinstance(x, np.ndarray):
        return x
    return x.get() if is_on_gpu(x) else np.asarray(x)


def run_on_host(model: Callable[[Array], Any], x: Array) -> Any:
    """``model(x)`` for an x (N, …) and a result in the CPU's memory, wherever the model runs; on a
    GPU in parts where all of x does not fit. InputError where not even one sample does."""
    place = device_of(model)
    if not place.is_gpu:
        return model(x)
    try:
        with place.current():
            return on_host(model(place.put(x)))
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)  # which hold its arrays
    if len(x) < 2:
        raise InputError(f"device: {place} has too little memory for one image; use cpu")
    half = len(x) // 2
    return np.concatenate([run_on_host(model, part) for part in (x[:half], x[half:])])


def expect_on_cpu(*models: Any) -> None:
    """InputError unless the models are there: for what reads weights with NumPy."""
    for model in models:
        if (place := device_of(model)).is_gpu:
            raise InputError(
                f"model: expected one on the CPU, received one on {place}; model.to('cpu') brings "
                "it there"
            )


def driver() -> int:
    """The CUDA version that the driver supports, as 13000 for 13.0; 0 without a driver."""
    return int(_cupy().cuda.runtime.driverGetVersion())


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a GPU had no memory for what was asked of it."""
    if (cupy := sys.modules.get("cupy")) is None:
        return False
    return isinstance(error, cupy.cuda.memory.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "cudaErrorMemoryAllocation" in str(error)
    )


def _cupy() -> Any:
    if (found := sys.modules.get("cupy")) is not None:
        return found
    try:
        return import_module("cupy")
    except ModuleNotFoundError:
        raise InputError(
            f"device: expected cpu where CuPy is not installed, received gpu; {INSTALL}"
        ) from None
    except Exception as error:  # what a broken installation raises: its own words, or the linker's
        reason = next((line for line in str(error).splitlines() if line.strip("= ")), "no reason")
        raise InputError(
            f"device: expected cpu where CuPy cannot be imported ({type(error).__name__}: "
            f"{reason.strip(' .')}), received gpu; install it anew: {INSTALL}"
        ) from None


def _count() -> int:
    """How many GPUs there are. InputError where there is none, or none that CuPy can use."""
    runtime = _cupy().cuda.runtime
    try:
        if count := int(runtime.getDeviceCount()):
            return count
    except RuntimeError as error:  # CUDARuntimeError
        if not (version := driver()):
            raise InputError(
                "device: expected cpu where there is no NVIDIA driver, received gpu; install it "
                f"from {DRIVER}, 580 or newer"
            ) from None
        if "InsufficientDriver" in str(error):
            raise InputError(
                f"device: expected cpu with an NVIDIA driver for CUDA {_text(version)}, received "
                f"gpu: this CuPy was built for CUDA {_text(runtime.runtimeGetVersion())}; update "
                f"the driver from {DRIVER}, or pip install 'chainrule[cuda12]'"
            ) from None
        if "NoDevice" not in str(error):
            raise InputError(
                f"device: expected cpu where CUDA cannot be used ({error}), received gpu; "
                "nvidia-smi says more"
            ) from None
    raise InputError(
        "device: expected cpu where no GPU is found, received gpu; nvidia-smi lists those that the "
        "driver sees, and CUDA_VISIBLE_DEVICES may hide them"
    )


def _text(version: int) -> str:
    return f"{version // 1000}.{version % 1000 // 10}"
