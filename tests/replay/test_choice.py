from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.replay.choice import choose
from chainrule.training.step_ring import LastSteps, Layout


def steps(losses: list[float], norms: list[float] | None = None, first: int = 1) -> LastSteps:
    layout = Layout(("w",), ())
    records = np.zeros(len(losses), layout.dtype)
    records["step"] = np.arange(first, first + len(losses))
    records["loss"] = losses
    records["norms"][:, 0] = norms or np.ones(len(losses))
    return LastSteps(layout, {}, records)


def test_the_first_that_is_not_finite() -> None:
    found = choose(steps([1.0, 9.0, np.inf, np.nan], first=5), None)
    assert (found.step, found.reason) == (7, "the first whose loss is not finite")
    found = choose(steps([1.0, 1.0, 1.0], [1.0, np.nan, 1.0]), None)
    assert (found.step, found.reason) == (2, "the first whose gradient is not finite")


def test_the_highest_jump() -> None:
    found = choose(steps([3.0, 2.0, 1.0, 2.5, 1.0, 0.5, 1.2]), None)
    assert found.step == 4
    assert found.reason == "the loss rose most: 2.5, 2 in the steps before"


def test_a_loss_that_only_falls() -> None:
    assert (
        choose(steps([3.0, 2.5, 2.4]), None).reason
        == "the loss fell least: 2.4, 2.75 in the steps before"
    )


def test_one_step() -> None:
    assert choose(steps([1.0]), None).step == 1


def test_where_it_began() -> None:
    losses = [1.0] * 10
    norms = [1.0] * 6 + [50.0, 1.0, 80.0, 1.0]
    assert choose(steps(losses, norms), 10).began == 7
    assert choose(steps(losses, norms), 7).began is None
    assert choose(steps(losses), 10).began is None


def test_a_parameter_without_a_gradient_has_no_norm() -> None:
    assert choose(steps([1.0] * 4, [-1.0, -1.0, 1.0, 1.0]), 4).began is None


@pytest.mark.parametrize("step", [4, 8])
def test_a_step_outside(step: int) -> None:
    with pytest.raises(InputError, match="one of the recorded steps, 5 to 7"):
        choose(steps([1.0, 1.0, 1.0], first=5), step)


def test_no_steps() -> None:
    with pytest.raises(InputError, match="no step is recorded yet"):
        choose(steps([]), None)
