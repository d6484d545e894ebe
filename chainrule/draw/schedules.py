"""Every learning rate schedule over a thousand steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import schedules
from ..schedules import Schedule
from .style import BLUE, COLUMNS, entitle, panels, rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS = 1000
EXAMPLES: tuple[tuple[str, Schedule], ...] = (
    ("times ½ after every 200", schedules.Step(0.1, every=200, factor=0.5)),
    ("half a cosine down to 0", schedules.Cosine(0.1, STEPS)),
    ("a straight line down to 0", schedules.Linear(0.1, STEPS)),
    ("0.1 / √(1 + t / 50)", schedules.InverseSqrt(0.1, timescale=50)),
    ("the same rate throughout", schedules.Constant(0.1)),
    ("times 0.3 at 400 and at 750", schedules.MultiStep(0.1, (400, 750), factor=0.3)),
    ("times ½ over every 200, smoothly", schedules.Exponential(0.1, factor=0.5, every=200)),
    ("0.1 (1 - t / 1000)²", schedules.Polynomial(0.1, STEPS)),
    ("each cosine twice as long", schedules.CosineRestarts(0.1, 143, growth=2)),
    ("up and down by half cosines", schedules.OneCycle(0.1, STEPS)),
    ("a line up to a cosine", schedules.Warmup(schedules.Cosine(0.1, 800), 200)),
    (
        "constant, from 500 on a line",
        schedules.Sequence(schedules.Constant(0.1), schedules.Linear(0.1, 500), at=500),
    ),
    ("a line, and 0 from 600 on", schedules.Until(schedules.Linear(0.1, STEPS), 600)),
    ("half a cosine every 250 steps", schedules.Repeat(schedules.Cosine(0.1, 250), 250)),
    (
        "a cosine, twice as fast from 400 on",
        schedules.TimeScaled(schedules.Cosine(0.1, STEPS), ((400, 400, 2), (700, 1000, 0))),
    ),
)


def render(kind: str) -> bytes:
    return rendered(paint, (11.5, 0.3 + 2.4 * -(-len(EXAMPLES) // COLUMNS)), kind, "schedules")


def render_one(schedule: Schedule, steps: int, kind: str) -> bytes:
    """Any schedule on its own, over ``steps`` steps."""

    def paint_one(figure: Figure) -> None:
        axes = figure.add_subplot()
        entitle(axes, type(schedule).__name__, repr(schedule))
        axes.plot(*schedules.curve(schedule, steps), color=BLUE)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("learning rate")
        axes.set_xlabel("steps taken")

    return rendered(paint_one, (6.4, 3.2), kind, "schedule")


def paint(figure: Figure) -> None:
    titles = [type(schedule).__name__ for _, schedule in EXAMPLES]
    every = panels(figure, titles, [note for note, _ in EXAMPLES])
    for i, ((_, schedule), axes) in enumerate(zip(EXAMPLES, every, strict=True)):
        steps, rates = schedules.curve(schedule, STEPS)
        axes.plot(steps, rates, color=BLUE)
        axes.set_xlim(0, STEPS)
        axes.set_ylim(-0.004, 0.108)
        axes.set_xticks(range(0, STEPS + 1, 250))
        axes.set_yticks([0, 0.025, 0.05, 0.075, 0.1], ["0", "", "0.05", "", "0.1"])
        if i % COLUMNS == 0:
            axes.set_ylabel("learning rate")
        if i + COLUMNS >= len(EXAMPLES):
            axes.set_xlabel("steps taken")
