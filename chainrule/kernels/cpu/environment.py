"""What the environment says about threads, looked at before Numba stumbles over it."""

from __future__ import annotations

import os

from ...errors import InputError

THREADS, MOST = "NUMBA_NUM_THREADS", 4096  # more threads than that no machine starts
LAYERS = ("NUMBA_THREADING_LAYER", "NUMBA_THREADING_LAYER_PRIORITY")


def expect_threads() -> None:
    """To be called before Numba is imported, which reads the variables. InputError unless the
    number of threads is one; a variable that is empty counts as none."""
    for name in (THREADS, *LAYERS):
        if not os.environ.get(name, "-").strip():
            del os.environ[name]
    value = os.environ.get(THREADS, "1")
    try:
        fits = 1 <= int(value) <= MOST
    except ValueError:
        fits = False
    if not fits:
        raise InputError(
            f"{THREADS}: expected a whole number from 1 to {MOST:,}, received {value!r}; unset it, "
            "and every usable core gets a thread"
        )


def expect_layer() -> None:
    """InputError if a threading layer is asked for that Numba does not know, or that is not
    installed. Numba itself would say so in the middle of the first parallel loop."""
    asked = [name for name in LAYERS if os.environ.get(name)]
    if not asked:
        return
    from numba.np.ufunc import parallel

    try:
        parallel._launch_threads()
    except (ValueError, ImportError) as error:
        reason = " ".join(str(error).split())
        values = ", ".join(f"{name}={os.environ[name]}" for name in asked)
        raise InputError(
            f"{values}: Numba cannot use it ({reason}); unset it, and Numba chooses for itself"
        ) from None
