"""One model trained by several processes, on one host or on many, with MPI.

    mpiexec -n 4 chainrule train cifar10                      the command line
    mpiexec -n 4 python script.py                             a script, with

    group = cr.distributed.world()
    trainer = cr.Trainer(model, group=group)

``batch_size`` stays the number of images of an update, of which each rank takes its share.
``docs/distributed.md`` is the guide for users.

``launcher.py``    was this process started by an MPI launcher? (mpi4py is imported only then)
``group.py``       the ranks, and what they tell each other; ``mpi.py`` by MPI
``shards.py``      which images of a batch are whose
``gradients.py``   gradients summed while the backward pass goes on
``evaluation.py``  an evaluation shared among the ranks
``agreement.py``   what must be the same on every rank
``threads.py``     the cores that a rank has
``voice.py``       ranks print, and end, as one program
``watch.py``       what ends the job when a rank dies or hangs: ``sentinel.py`` sees it, to which
                   each rank has a ``line.py``
``timeline.py``    what was computed and sent when
"""

from __future__ import annotations

from functools import cache

from ..public import publish
from .group import Alone as Alone
from .group import Group as Group
from .watch import watch as watch


@cache
def world() -> Group:
    """The processes that ``mpiexec`` started together; a group of one in a plain process.

    mpi4py is imported where a launcher started several, and the threads of this process become as
    many as its share of the host's cores.

    InputError if mpi4py or its MPI library is missing, or is not the launcher's.

    >>> group = world()
    >>> group.rank, group.size
    (0, 1)
    """
    from .launcher import launch
    from .threads import share_cores

    launched = launch()
    if launched is None or launched.size == 1:
        return Alone()
    from .mpi import MPIGroup

    group = MPIGroup(launched)
    share_cores(group)
    return group


publish(globals())
