from __future__ import annotations

from matplotlib.figure import Figure

from chainrule import schedules
from chainrule.draw.schedules import EXAMPLES, STEPS, paint
from chainrule.schedules import Cosine, InverseSqrt, Linear, Schedule, Step

from ..contract import public


def test_every_schedule_is_drawn_the_four_of_the_courses_first():
    kinds = [type(schedule) for _, schedule in EXAMPLES]
    assert kinds[:4] == [Step, Cosine, Linear, InverseSqrt]
    assert set(kinds) == public(schedules, Schedule)
    assert len(set(kinds)) == len(kinds)


def test_a_panel_shows_the_rate_of_each_step():
    figure = Figure()
    paint(figure)
    for (_, schedule), axes in zip(EXAMPLES, figure.axes, strict=True):
        (line,) = axes.lines
        steps, rates = line.get_data()
        assert list(steps) == list(range(STEPS))
        assert rates[137] == schedule(137)
        low, high = axes.get_ylim()
        assert low < min(rates)
        assert max(rates) < high
