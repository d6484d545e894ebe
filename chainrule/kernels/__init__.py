"""Which kernels serve an array: the reference, overlaid with faster ones where they exist.

An array of NumPy gets those of ``cpu/``, one of CuPy those of ``gpu/``.

>>> import numpy as np
>>> from chainrule import kernels
>>> with kernels.use("reference"):
...     y = kernels.of(np.ones(3)).relu(np.ones(3))
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy import ndarray

from .. import compat, device
from ..arrays import is_on_gpu
from ..declared import checked
from ..errors import ChainruleWarning, InputError, did_you_mean
from ..printable import received
from ..public import publish
from ..types import Array
from . import forks
from . import precision as precision
from .protocol import Kernels as Kernels
from .reference import MODULES as REFERENCE_MODULES

FAST_DTYPES = (np.dtype(np.float32), np.dtype(np.uint8))
"""The dtypes that compiled loops know: float32 is that of work, uint8 that of pixels.

float64 is for checking, and what is checked should be the definition.
"""

# A child that is forked while another thread imports Numba could never import it.
_importing = forks.keep(threading.RLock())

DRIVER = 13000
"""The CUDA version of driver 580, which the kernels for GPUs need."""

_forced: ContextVar[Kernels | None] = ContextVar("forced kernels", default=None)


def overlay(*modules: ModuleType) -> Kernels:
    """A back end: the public functions of each module, later modules winning. InputError for
    modules that offer no kernels.

    >>> import numpy as np
    >>> from chainrule.kernels.reference import activations
    >>> overlay(activations).relu(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    for module in modules:
        if not hasattr(module, "__all__"):
            raise InputError(f"modules: expected modules of kernels, received {received(module)}")
    table = {name: getattr(module, name) for module in modules for name in module.__all__}
    return cast(Kernels, SimpleNamespace(**table))


REFERENCE = overlay(*REFERENCE_MODULES)
"""Every kernel in plain array code: the definition that the faster ones are held against."""


@cache
def fastest() -> Kernels:
    """The reference overlaid with the Numba kernels; without Numba, the reference itself."""
    if not compat.has_numba():
        return REFERENCE
    with _importing:
        from .cpu import MODULES

    return overlay(*REFERENCE_MODULES, *MODULES)


@cache
def _fastest_on_gpu() -> Kernels:
    """The reference overlaid with the GPU's kernels; the reference itself, which is said once,
    where the driver is older than they need, or they cannot be imported."""
    if device.driver() < DRIVER:
        _say("the NVIDIA driver is older than 580")
        return REFERENCE
    try:
        with _importing:
            from .gpu import MODULES  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        _say(f"the kernels for GPUs cannot be imported ({error})")
        return REFERENCE
    return overlay(*REFERENCE_MODULES, *MODULES)


def _say(reason: str) -> None:
    text = f"{reason}: the reference kernels run on the GPU, which are slower"
    warnings.warn(text, ChainruleWarning, stacklevel=4)


def of(x: Array) -> Kernels:
    """The kernels for the place where ``x`` lives.

    float32 (any shape) and uint8 are served by the compiled kernels, if there are any, all other
    dtypes by the reference. InputError for what is no array.

    >>> import numpy as np
    >>> of(np.ones(3)) is REFERENCE
    True
    """
    forced = _forced.get()
    if forced is not None:
        return forced
    if type(x) is ndarray:
        return (_compiled or _compile()) if x.dtype in FAST_DTYPES else REFERENCE
    return _of_others(x)


_compiled: Kernels | None = None
"""`fastest`, once there was an array: a layer asks for it at every call, and the name is nearer."""


def _compile() -> Kernels:
    global _compiled
    _compiled = fastest()
    return _compiled


def _of_others(x: Any) -> Kernels:
    """The kernels for a GPU's array, a subclass of NumPy's, or a scalar."""
    try:
        fast = x.dtype in FAST_DTYPES
    except AttributeError:
        raise InputError(f"x: expected an array, received {received(x)}") from None
    if not fast:
        return REFERENCE
    return _fastest_on_gpu() if is_on_gpu(x) else fastest()


@contextmanager
@checked
def use(backend: str | Kernels) -> Iterator[Kernels]:
    """Inside a ``with`` block, serve every array by "reference", or again by the fast kernels of
    its device, "cpu" or "gpu", too.

    The fast kernels take the dtypes that they know; float64 stays with the definition. A
    table of kernels instead of a name serves every array itself.

    InputError for an unknown name.

    >>> import numpy as np
    >>> x = np.array([-1.0, 2.0], np.float32)
    >>> with use("reference") as kernel:
    ...     kernel.relu(x).tolist()
    [0.0, 2.0]
    """
    forced: Kernels | None
    if isinstance(backend, str):
        backends: dict[str, Kernels | None] = {"reference": REFERENCE, "cpu": None, "gpu": None}
        if backend not in backends:
            raise InputError(f"no kernels named {backend!r}{did_you_mean(backend, backends)}")
        forced = backends[backend]
    else:
        forced = backend
    token = _forced.set(forced)
    try:
        yield of(np.empty(0, np.float32))
    finally:
        _forced.reset(token)


@checked
def reuse_buffers(on: bool) -> None:
    """Whether the memory of large arrays is used again once nobody sees it (the default is yes).

    ``reuse_buffers(False)`` gives what is kept back to the system, and every array is fresh.

    >>> reuse_buffers(False)
    >>> reuse_buffers(True)
    """
    if compat.has_numba():
        fastest()  # imports ``cpu`` under its lock
        from .cpu import workspace

        workspace.reuse(on)


publish(globals(), "FAST_DTYPES", "REFERENCE", modules=("precision",))
