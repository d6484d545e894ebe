from __future__ import annotations

import pytest

from chainrule import optim, schedules

from ..cases import accused, found, mlp


@pytest.mark.parametrize("optimizer", [optim.SGD(1e-9), optim.Adam(1e-9)])
def test_a_rate_that_is_far_too_low(optimizer):
    check = found("update ratio", mlp(), optimizer=optimizer)
    assert accused(check) and check.number < 1e-7 and "too low" in check.cause


@pytest.mark.parametrize("optimizer", [optim.SGD(100.0), optim.Adam(3.0)])
def test_a_rate_that_is_far_too_high(optimizer):
    check = found("update ratio", mlp(), optimizer=optimizer)
    assert accused(check) and "too high" in check.cause


def test_a_schedule_is_judged_by_its_highest_rate():
    warm = schedules.Warmup(schedules.Constant(1e-2), 50)
    check = found("update ratio", mlp(), optimizer=optim.Adam(warm))
    assert check.verdict == "ok" and "rate of 0.01" in check.shown


def test_a_usual_rate():
    check = found("update ratio", mlp(), optimizer=optim.SGD(0.05))
    assert check.verdict == "ok" and 1e-4 < check.number < 0.1
