"""A training is the same whether it was foreseen or not."""

from __future__ import annotations

import json

import numpy as np

from chainrule import experiment, saving
from chainrule.config import assignments, resolve
from chainrule.training import Run

from .conftest import SHORT

DROPPING = (*SHORT, "model.dropout=0.3", "model.norm=batch", "loss.reg=0.0001")


def test_foreseeing_changes_no_bit(tmp_path):
    weights = []
    for foreseen in (False, True):
        prepared = experiment.prepare(resolve(assignments(DROPPING)))
        if foreseen:
            timing = experiment.foresee(prepared)
            assert timing.cost.batch_size == 200 and timing.seconds > 0
        run = Run.create(tmp_path / str(foreseen))
        outcome = experiment.begin(prepared, run)
        weights.append(saving.load(run.model).state())
        assert json.loads(run.metrics.read_text())["test_accuracy"] == outcome.evaluation.accuracy
    assert weights[0].keys() == weights[1].keys()
    for path in weights[0]:
        np.testing.assert_array_equal(weights[0][path], weights[1][path], err_msg=path)
