"""What a result was made with: machine, versions, commit. No host names, no paths."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGES = (
    "chainrule",
    "numpy",
    "numba",
    "threadpoolctl",
    "safetensors",
    "pillow",
    "matplotlib",
    "cupy-cuda12x",
    "cupy-cuda13x",
    "torch",
    "jax",
    "keras",
    "tensorflow",
)
"""The distributions whose version can change a result or a report."""


def machine() -> dict[str, Any]:
    """cpu, cores (usable by this process), memory_gib, os, python; what is unknown is None."""
    return {
        "cpu": _try(_cpu_model),
        "cores": _try(usable_cores),
        "memory_gib": _try(_memory_gib),
        "os": _try(_system),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def versions() -> dict[str, str]:
    """The version of each of PACKAGES that is installed, and of NumPy's BLAS. Imports none."""
    from importlib import metadata

    found = {}
    for name in PACKAGES:
        with contextlib.suppress(Exception):  # not installed, or its metadata are broken
            found[name] = metadata.version(name)
    blas = _try(_blas)
    return found | ({"blas": blas} if blas else {})


def commit() -> str | None:
    """The git commit of the checkout that this package runs from, "+" at its end if the package
    has been edited since; other files, such as the last result, make no difference.

    None for an installed package, without git, and before a first commit.
    """
    package = Path(__file__).resolve().parent
    root = package.parent
    if not (root / ".git").exists():
        return None
    head = _try(lambda: _git(root, "rev-parse", "--verify", "HEAD"))
    if not head:
        return None
    edited = _try(lambda: _git(package, "status", "--porcelain", "--", "."))
    return f"{head}+" if edited else head


THREAD_SETTINGS = {
    "loops": ("NUMBA_NUM_THREADS",),
    "products": ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS"),
}
"""Environment variables that set the threads of compiled loops, and of matrix products."""


def thread_settings(threads: int) -> dict[str, str]:
    """All of THREAD_SETTINGS for so many threads, and at least one, as environment variables."""
    names = [name for names in THREAD_SETTINGS.values() for name in names]
    return dict.fromkeys(names, str(max(1, threads)))


LOCAL_SIZES = ("MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE")
"""Where MPICH and Open MPI say how many processes they have started on this host."""


def local_processes() -> int:
    """How many processes mpiexec has started on this host, this one included; 1 without it."""
    sizes = (os.environ.get(name, "") for name in LOCAL_SIZES)
    return max(1, next((int(size) for size in sizes if size.isascii() and size.isdigit()), 1))


def threads_beside_others() -> dict[str, str]:
    """Environment variables for the threads of one of several processes that mpiexec has started
    on this host, so that together they take its cores once; {} for any other process, and where
    the user has said how many threads there are."""
    count = local_processes()
    if count < 2 or any(os.environ.get(name) for name in thread_settings(1)):
        return {}
    usable, every = usable_cores(), os.cpu_count() or 1
    bound = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) < every
    # One that is bound to cores may share those with some of the others, not with all.
    return thread_settings(min(usable, every // count) if bound else usable // count)


def why_threads(kind: str) -> str:
    """Why there are as many threads for "loops" or "products": the setting that says so, or the
    cores."""
    for name in THREAD_SETTINGS[kind]:
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return "one a usable core"


def loop_threads() -> int:
    """Threads of the compiled loops: NUMBA_NUM_THREADS where it is set, else one a usable core."""
    given = os.environ.get("NUMBA_NUM_THREADS", "").strip()
    return int(given) if given.isdecimal() and int(given) else usable_cores()


_limit: int | None = None


def limit_cores(count: int | None) -> None:
    """Count no more than so many cores as this process's: it shares them with others. None: all."""
    global _limit
    _limit = count


def usable_cores() -> int:
    """Cores that this process may use: its affinity, the quota of its cgroup if smaller, and its
    share where others have theirs."""
    cores = _allowed_cores()
    return cores if _limit is None else min(cores, _limit)


def _allowed_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota, period = (_first_line("/sys/fs/cgroup/cpu.max") or "max 1").split()
    return cores if quota == "max" else max(1, min(cores, -(-int(quota) // int(period))))


def _try(read: Callable[[], Any]) -> Any:
    """What ``read`` returns, or None: a description must never stop the run it describes."""
    try:
        return read()
    except Exception:
        return None


def _cpu_model() -> str | None:
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = re.findall(r"^(?:model name|Model)\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        if names:
            return " ".join(names[0].split())
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine() or None


def _memory_gib() -> float:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _first_line("/sys/fs/cgroup/memory.max") or "max"
    return round((memory if limit == "max" else min(memory, int(limit))) / 2**30, 1)


def _system() -> str:
    name = platform.system()
    with contextlib.suppress(OSError):
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    # Only the numbers of a kernel's release: what follows them may be anybody's.
    release = re.match(r"\d+(\.\d+)*", platform.release())
    kernel = f", {platform.system()} {release[0]}" if release else ""
    return f"{name}{kernel}, {platform.machine()}"


def _blas() -> str | None:
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{blas['name']} {blas['version']}"


def _first_line(path: str) -> str | None:
    with contextlib.suppress(OSError):
        return Path(path).read_text().splitlines()[0]
    return None


def _git(root: Path, *arguments: str) -> str:
    return _output("git", "-C", str(root), *arguments)


def _output(*command: str) -> str:
    # git sets GIT_DIR and others in its hooks: they would point at another repository.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True, env=clean)
    return done.stdout.strip()
