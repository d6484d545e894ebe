"""Two pools of threads share the cores: BLAS's and the loops'. The idle one must sleep.

GNU OpenMP lets a thread spin for a while after each parallel loop, in case another follows. The
matrix product that follows instead then shares its cores with threads that do nothing: on two
cores a training step of a small net took 8.0 ms instead of 2.5 ms. OpenMP reads the setting once,
when it is loaded, so it is loaded here, and the environment is then as it was: other programs'
threads (PyTorch's, in this process or started from it) may have been tuned to spin. A value of
your own stands.
"""

from __future__ import annotations

import contextlib
import importlib
import os

WAIT = "OMP_WAIT_POLICY"

if WAIT not in os.environ:
    os.environ[WAIT] = "passive"
    try:
        with contextlib.suppress(ImportError):  # Numba then has another pool, which sleeps
            importlib.import_module("numba.np.ufunc.omppool")
    finally:
        del os.environ[WAIT]
