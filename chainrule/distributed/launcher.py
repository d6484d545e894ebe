"""Whether an MPI launcher started this process, as its environment says, without importing MPI."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "PALS_SIZE")
RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK", "PALS_RANKID")
OPEN_MPI = "OMPI_COMM_WORLD_SIZE"
ABI = "MPI4PY_MPIABI"


@dataclass(frozen=True)
class Launch:
    """What a launcher told this process: its rank, and how many ranks there are (0: unknown)."""

    rank: int
    size: int
    open_mpi: bool = False


def launch(environment: Mapping[str, str] | None = None) -> Launch | None:
    """What the launcher said; None in a process that none has started.

    Slurm's own variables do not count: a batch script has them too. ``srun`` with an MPI plugin
    sets those of PMI or PMIx.

    >>> launch({"PMI_RANK": "1", "PMI_SIZE": "4"})
    Launch(rank=1, size=4, open_mpi=False)
    >>> launch({"SLURM_PROCID": "0"}) is None
    True
    """
    given = os.environ if environment is None else environment
    rank, size = _number(given, RANKS), _number(given, SIZES)
    if rank is None:
        return None
    return Launch(rank, size or 0, OPEN_MPI in given)


def _number(given: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    """The first of ``names`` that is set, as a number from 0."""
    return next((int(given[name]) for name in names if given.get(name, "").isdecimal()), None)
