from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from chainrule import schedules
from chainrule.draw import draw_schedule
from chainrule.draw.schedules import EXAMPLES, STEPS, paint
from chainrule.errors import InputError
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


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_any_schedule_can_be_drawn_alone(tmp_path, kind):
    schedule = schedules.Warmup(schedules.Cosine(0.3, 80), 20)
    paths = [draw_schedule(schedule, 100, tmp_path / f"{i}.{kind}") for i in range(2)]
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_a_schedule_is_not_drawn_where_it_cannot_be(tmp_path):
    with pytest.raises(InputError, match=r"drawn as \.svg or \.png, received '\.gif'"):
        draw_schedule(schedules.Constant(0.1), 10, tmp_path / "a.gif")
    with pytest.raises(InputError, match="no folder"):
        draw_schedule(schedules.Constant(0.1), 10, tmp_path / "none" / "a.svg")
