from __future__ import annotations

import pytest

from chainrule.bench.frameworks import FRAMEWORKS, OURS
from chainrule.bench.options import BenchOptions
from chainrule.bench.scaling import AXES, scaling, slopes, table


@pytest.mark.parametrize("axis", AXES, ids=lambda axis: axis.name)
def test_every_axis_starts_at_a_net_that_runs(axis):
    assert list(axis.sizes) == sorted(axis.sizes)
    net, batch_size = axis.at(axis.sizes[0])
    model = net.model()
    x, _ = net.batch(min(2, batch_size))
    assert model(x).shape == (len(x), 10)


def test_slopes_over_all_and_over_the_last_three():
    row = slopes({1: 2.0, 2: 2.0, 4: 2.0, 8: 4.0, 16: 8.0})
    assert row["exponent_of_the_last_three"] == 1.0
    assert 0.4 < row["exponent"] < 0.6
    assert "exponent" not in slopes({1: 1.0, 2: 2.0})


def test_after_a_step_beyond_the_limit_no_larger_one_is_tried():
    options = BenchOptions([], [FRAMEWORKS[OURS]], seconds=0.01, only=AXES[0].name)
    (record,) = scaling(options, [].append, limit=1e-9)
    assert list(record["axes"][0]["rows"][OURS]["ms"]) == [AXES[0].sizes[0]]
    text = table(record)
    assert "no larger size after a step of more than 1e-09 s" in text
    assert AXES[0].name in text
