"""Two pools of threads share the cores: BLAS's and the loops'. The idle one must sleep.

GNU OpenMP lets a thread spin for a while after each parallel loop, in case another follows. The
matrix product that follows instead then shares its cores with threads that do nothing: on two
cores a training step of a small net took 8.0 ms instead of 2.5 ms. OpenMP reads this setting
when it is first loaded, which Numba does at the first parallel loop; a value of your own stands.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
