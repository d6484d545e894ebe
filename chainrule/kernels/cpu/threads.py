"""The pools of threads below the kernels, whoever calls: other threads, forked children.

Loops run on the threads of Numba's layer (OpenMP, TBB, or its own "workqueue"), pieces on ours
(``workers``), products on BLAS's.

**Idle threads sleep.** Two pools share the cores. GNU OpenMP lets a thread spin for a while after
each parallel loop, in case another follows. The matrix product that follows instead then shares
its cores with threads that do nothing: on two cores a training step of a small net took 8.0 ms
instead of 2.5 ms. OpenMP reads the setting once, when it is loaded, so it is loaded here, and the
environment is then as it was: other programs' threads (PyTorch's, in this process or started from
it) may have been tuned to spin. A value of your own stands.

**Threads** may predict and train at once, each its own model (one model may predict in many
threads: predicting changes nothing). OpenMP and TBB serve them side by side. Numba's workqueue,
usual on macOS, ends the process if two threads enter it: there each loop waits for its turn.

**Forked children** (``os.fork``, ``multiprocessing``, a server that loads the model and forks)
predict and train with their parent's answers, bit for bit: they run the same compiled loops on
as many threads. GNU OpenMP's threads do not live on in a child, which would wait for them for
ever; Numba ends such a child with SIGTERM. Here the pool of the forking thread is closed before
each fork, and both processes open one again when they next need it. Before GCC 9, OpenMP cannot
close it, and a forked child runs its loops on one thread. ``forks`` says what a fork waits for,
and what cannot be served. ``spawn`` and ``forkserver`` need nothing of this.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import threading
import warnings
from functools import cache
from typing import Any

import numba

from ...errors import ChainruleWarning
from .. import forks

WAIT = "OMP_WAIT_POLICY"
LAYERS = {"omp": "omppool", "workqueue": "workqueue"}  # TBB looks after its own forks
SOFT = 1  # omp_pause_soft: close the threads, keep the settings

_turn = forks.keep(threading.RLock())
_closed = False  # whether OpenMP's pool was closed for the fork that is being made
_count: int | None = None  # in a child that has one thread for loops: as many as its parent had


def count() -> int:
    """As many as Numba's loops use: NUMBA_NUM_THREADS, or one a core."""
    if _count is not None:
        return _count
    layer()
    return int(numba.get_num_threads())


def turn() -> contextlib.AbstractContextManager[Any]:
    """What a loop on all threads enters: a lock, where two at once would end the process."""
    return _turn if layer() == "workqueue" else contextlib.nullcontext()


@cache
def layer() -> str:
    """The threading layer, started. One that is asked for but missing is replaced, with a word."""
    with _turn:  # no fork in the middle of it
        try:
            numba.get_num_threads()
        except ValueError:  # three lines and a hint, from inside the first loop
            _replace_layer()
        return str(numba.threading_layer())


def _replace_layer() -> None:
    names = ("NUMBA_THREADING_LAYER", "NUMBA_THREADING_LAYER_PRIORITY")
    asked = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
    numba.config.THREADING_LAYER = "default"
    numba.config.THREADING_LAYER_PRIORITY = ["tbb", "omp", "workqueue"]
    numba.get_num_threads()
    warnings.warn(
        f"Numba has no threading layer as asked for ({', '.join(asked) or 'its settings'}); "
        f"using {numba.threading_layer()!r}",
        ChainruleWarning,
        stacklevel=3,
    )


def _load_sleeping() -> Any:
    """Numba's OpenMP layer, whose idle threads sleep; None where it cannot be loaded."""
    spinning = WAIT not in os.environ
    if spinning:
        os.environ[WAIT] = "passive"
    try:
        with contextlib.suppress(ImportError):  # Numba then has another pool, which sleeps
            return importlib.import_module("numba.np.ufunc.omppool")
    finally:
        if spinning:
            del os.environ[WAIT]
    return None


_openmp = _load_sleeping()


def _before_fork() -> None:
    global _closed
    _closed = True
    if getattr(_openmp, "openmp_vendor", None) != "GNU":  # the others close it themselves
        return
    try:
        _closed = ctypes.CDLL(_openmp.__file__).omp_pause_resource_all(SOFT) == 0
    except (OSError, AttributeError, ctypes.ArgumentError):  # before GCC 9
        _closed = False


def _in_child() -> None:
    global _count
    try:
        name = numba.threading_layer()
    except ValueError:  # not started: the child starts its own
        return
    if name not in LAYERS:
        return
    pool = importlib.import_module(f"numba.np.ufunc.{LAYERS[name]}")
    launch = ctypes.CFUNCTYPE(None, ctypes.c_int)(pool.launch_threads)
    if name == "omp" and not _closed:
        _count = count()
        launch(1)
        numba.set_num_threads(1)
    else:
        launch(numba.config.NUMBA_NUM_THREADS)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_in_child)
