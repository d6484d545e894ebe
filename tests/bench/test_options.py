from __future__ import annotations

from dataclasses import replace

from chainrule.bench.frameworks import FRAMEWORKS, OURS
from chainrule.bench.nets import NETS
from chainrule.bench.options import BenchOptions


def test_each_mode_has_a_time_of_its_own_unless_one_was_asked_for():
    assert BenchOptions([], []).time(3.0) == 3.0
    assert BenchOptions([], [], seconds=0.5).time(3.0) == 0.5


def test_only_frameworks_that_run_the_net_are_set_up():
    ours, ghost = FRAMEWORKS[OURS], replace(FRAMEWORKS["jax"], packages=("no_such_package",))
    images = replace(ours, name="images", images=True)  # of rows it would be another over again
    options = BenchOptions([], [ours, ghost, images])
    assert list(options.setups(NETS["mlp"])) == [OURS]
    assert list(options.setups(NETS["conv"])) == [OURS, "images"]
