"""A group of the ranks that ``mpiexec`` started. Only here is mpi4py imported."""

from __future__ import annotations

import os
from time import perf_counter, sleep
from typing import Any

import numpy as np

from ..errors import InputError
from ..types import Array
from .group import Group, Request
from .launcher import ABI, Launch

SPIN = 1e-3  # seconds in which a transfer among cores is over; then others may have the core
NAP = 5e-5
LONG_NAP = 0.02

INSTALL = "pip install 'chainrule[mpi]' brings mpi4py and, on Linux, MPICH with its mpiexec"


class MPIGroup(Group):
    """All ranks of an MPI job.

    InputError if mpi4py or the MPI library is missing, or they are not those of the launcher.
    """

    def __init__(self, launched: Launch) -> None:
        super().__init__()
        self._mpi: Any = _imported(launched)
        world = self._mpi.COMM_WORLD
        if launched.size > 1 and world.size == 1:
            raise InputError(
                f"mpiexec: expected the launcher of the MPI that mpi4py uses, "
                f"{_library(self._mpi)}, received one of another MPI, which started "
                f"{launched.size} ranks that cannot see each other; use that MPI's mpiexec, "
                f"or set {ABI}=openmpi or {ABI}=mpich"
            )
        self._all = world.Dup()
        self.rank, self.size, self.where = world.rank, world.size, _library(self._mpi)

    def start_sum(self, values: Array) -> Request:
        return Transfer(self._all.Iallreduce(self._mpi.IN_PLACE, values), self)

    def gather(self, row: Array) -> Array:
        rows = np.empty((self.size, *row.shape), row.dtype)
        Transfer(self._all.Iallgather(np.ascontiguousarray(row), rows), self).wait()
        return rows

    def gather_bytes(self, data: bytes) -> list[bytes]:
        counts = self.gather(np.array([len(data)], np.int64))[:, 0]
        ends = np.cumsum(counts)
        joined = bytearray(int(ends[-1]))
        starts = [int(n) for n in ends - counts]
        receive = [joined, ([int(n) for n in counts], starts), self._mpi.BYTE]
        Transfer(self._all.Iallgatherv([data, self._mpi.BYTE], receive), self).wait()
        view = bytes(joined)
        return [view[a:b] for a, b in zip(starts, map(int, ends), strict=True)]

    def share_bytes(self, data: bytes) -> bytes:
        length = np.array([len(data)], np.int64)
        Transfer(self._all.Ibcast(length), self).wait()
        received = bytearray(data) if self.leads else bytearray(int(length[0]))
        Transfer(self._all.Ibcast([received, self._mpi.BYTE]), self).wait()
        return bytes(received)

    def wait_quietly(self) -> None:
        request, begun = self._all.Ibarrier(), perf_counter()
        while not request.Test():
            self.pulse(perf_counter() - begun)
            sleep(LONG_NAP)

    def abort(self, code: int) -> None:
        self._mpi.COMM_WORLD.Abort(code)


class Transfer:
    """A request of MPI, which moves on when it is asked for."""

    def __init__(self, request: Any, group: MPIGroup) -> None:
        self._request, self._group = request, group

    def test(self) -> bool:
        return bool(self._request.Test())

    def wait(self) -> None:
        """Ask at short intervals: ranks that share a core must leave it to each other, and a wait
        inside of MPI would neither do that nor end when another rank is gone."""
        test = self._request.Test
        self._group.pulse(0.0)
        if test():
            return
        begun = perf_counter()
        while not test():
            waited = perf_counter() - begun
            if waited > SPIN:
                self._group.pulse(waited)
                sleep(min(LONG_NAP, NAP + waited / 100))
            else:
                sleep(0)


def _imported(launched: Launch) -> Any:
    """``mpi4py.MPI`` for the MPI of the launcher. InputError if that cannot be loaded."""
    if launched.open_mpi:  # the wheels serve several: without a word they take MPICH where it is
        os.environ.setdefault(ABI, "openmpi")
    try:
        import mpi4py

        mpi4py.rc.thread_level = "serialized"
        from mpi4py import MPI
    except ModuleNotFoundError:
        raise InputError(
            "mpiexec: expected mpi4py, which carries gradients from rank to rank, received a "
            f"Python without it; {INSTALL}"
        ) from None
    except (ImportError, RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"mpiexec: mpi4py is installed, but no MPI library that it can load ({reason}); "
            f"{INSTALL}"
        ) from None
    return MPI


def _library(mpi: Any) -> str:
    """ "MPICH 5.0.2", "Open MPI 4.1.4" """
    name, version = mpi.get_vendor()
    return f"{name} {'.'.join(map(str, version))}"
