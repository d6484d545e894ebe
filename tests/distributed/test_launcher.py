"""Whether a launcher started the process, and which cores it has, told without MPI."""

import subprocess
import sys

import pytest

from chainrule.distributed.launcher import Launch, launch
from chainrule.distributed.threads import share_of


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, None),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, None),
        ({"PMI_RANK": "2", "PMI_SIZE": "4"}, Launch(2, 4)),
        ({"PMIX_RANK": "1"}, Launch(1, 0)),
        (
            {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2", "PMIX_RANK": "1"},
            Launch(1, 2, open_mpi=True),
        ),
        ({"PMI_RANK": "nonsense"}, None),
    ],
)
def test_what_the_environment_says(environment, told):
    assert launch(environment) == told


@pytest.mark.parametrize(
    ("ranks", "shares"),
    [
        ([("a", [0, 1], 2)] * 2, [1, 1]),
        ([("a", [0, 1], 2)] * 4, [1, 1, 1, 1]),  # more ranks than cores
        ([("a", range(16), 16)] * 3, [5, 5, 5]),
        ([("a", [0], 1), ("a", [1], 1)], [1, 1]),  # bound by the launcher
        ([("a", range(8), 8), ("b", range(4), 4)], [8, 4]),
        ([("a", range(64), 8)] * 4, [2, 2, 2, 2]),  # a quota of 8 cores
    ],
)
def test_each_rank_has_its_share_of_the_cores(ranks, shares):
    assert [share_of(rank, ranks) for rank in range(len(ranks))] == shares


def test_a_plain_training_imports_nothing_to_watch_ranks():
    program = (
        "import sys, chainrule as cr\n"
        "with cr.distributed.watch(cr.distributed.world()): pass\n"
        "assert 'chainrule.distributed.line' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_a_plain_training_never_imports_mpi4py():
    program = (
        "import sys, chainrule as cr; "
        "trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (4,), 10), group=cr.distributed.world()); "
        "trainer.fit(cr.data.digits()[0][:20], epochs=1); "
        "import chainrule.cli.train, chainrule.experiment; "
        "assert 'mpi4py' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
