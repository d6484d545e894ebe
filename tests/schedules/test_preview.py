from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.schedules import Constant, Cosine, Linear, Step, curve, preview
from chainrule.schedules.preview import bars


def test_curve_is_the_rate_of_every_step():
    schedule = Cosine(0.3, 20)
    t, lr = curve(schedule, 25)
    np.testing.assert_array_equal(t, np.arange(25))
    np.testing.assert_array_equal(lr, [schedule(step) for step in range(25)])
    assert lr.dtype == np.float64


@pytest.mark.parametrize("steps", [1, 2, 30, 100, 10_001])
def test_preview_is_one_line_of_at_most_its_width(steps):
    first, bars, last = preview(Linear(0.5, steps), steps, width=30).split(" ")
    assert len(bars) == min(steps, 30)
    assert first == "0.5"
    assert bars[0] == "█"
    assert float(last) == pytest.approx(0.5 / steps, rel=0.03)


def test_preview_draws_heights_in_proportion():
    assert preview(Step(8.0, every=1, factor=0.5), 4, width=4) == "8 █▅▃▂ 1"
    assert preview(Constant(0.1), 3) == "0.1 ███ 0.1"


@pytest.mark.parametrize("look", [curve, preview])
def test_refuses_no_steps(look):
    with pytest.raises(InputError, match="steps: expected a whole number from 1"):
        look(Constant(0.1), 0)


def test_curves_share_a_scale_and_keep_their_lengths():
    long, short = np.linspace(0, 1, 100), np.linspace(0, 0.5, 50)
    drawn = bars([long, short, np.empty(0)], 20)
    assert [len(line) for line in drawn] == [20, 10, 0]
    assert (drawn[0][0], drawn[0][-1], drawn[1][-1]) == ("▁", "█", "▅")


def test_what_is_not_finite_is_left_out():
    assert bars([np.array([0.0, np.nan, 1.0, np.inf])], 9) == ["▁ █ "]
    assert bars([np.array([np.nan])], 9) == [""]
    assert bars([np.array([0.3, 0.3])], 9) == ["▁▁"]
    assert bars([], 9) == []
