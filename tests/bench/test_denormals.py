from __future__ import annotations

import numpy as np
import pytest

from chainrule.bench.denormals import TINY, denormals
from chainrule.bench.frameworks import FRAMEWORKS, OURS
from chainrule.bench.nets import NETS
from chainrule.bench.options import BenchOptions
from chainrule.layers import named_parameters


def test_the_weights_are_denormal():
    from dataclasses import replace

    model = replace(NETS["mlp"], scale=TINY).model()
    weights = np.concatenate([np.abs(p.value).ravel() for _, p in named_parameters(model)])
    weights = weights[weights > 0]
    assert len(weights) > 100_000
    assert weights.max() < np.finfo(np.float32).smallest_normal


def test_a_row_has_both_times_and_their_ratio():
    options = BenchOptions([NETS["mlp"]], [FRAMEWORKS[OURS]], batch_size=4, steps=2)
    said: list[str] = []
    (record,) = denormals(options, said.append)
    row = record["rows"][OURS]
    assert row["normal_ms"] > 0
    assert row["ratio"] == pytest.approx(row["tiny_ms"] / row["normal_ms"], rel=0.01, abs=0.01)
    assert said[0].splitlines()[1].split()[-1] == f"{row['ratio']:.2f}"
