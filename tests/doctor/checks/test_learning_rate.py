from __future__ import annotations

import pytest

from chainrule import optim

from ..cases import accused, found, mlp


@pytest.mark.parametrize("optimizer", [optim.SGD(1e-7), optim.Adam(1e-7)])
def test_a_rate_that_learns_nothing(optimizer):
    check = found("learning rate", mlp(), optimizer=optimizer)
    assert accused(check) and "too low" in check.cause and "optimizer.lr=" in check.fix


def test_a_rate_that_runs_away():
    check = found("learning rate", mlp(), optimizer=optim.SGD(100.0))
    assert accused(check) and "too high" in check.cause


@pytest.mark.parametrize("optimizer", [optim.SGD(0.05), optim.SGD(0.01), optim.Adam(1e-3)])
def test_usual_rates(optimizer):
    assert found("learning rate", mlp(), optimizer=optimizer).verdict == "ok"
