from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from torch.optim import lr_scheduler

from chainrule.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    Linear,
    MultiStep,
    OneCycle,
    Polynomial,
    Sequence,
    Step,
    Warmup,
)
from chainrule.training import ReduceOnPlateau

STEPS = 30


def sequential(first, second, milestone):
    """Schedules of one optimizer, the second from the milestone on."""
    return lambda o: lr_scheduler.SequentialLR(o, [first(o), second(o)], [milestone])


PAIRS = {
    "constant": (Constant(0.3), lambda o: lr_scheduler.LambdaLR(o, lambda step: 1.0)),
    "step": (
        Step(0.3, every=7, factor=0.5),
        lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.5),
    ),
    "cosine": (
        Cosine(0.3, steps=STEPS, floor=0.01),
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS, eta_min=0.01),
    ),
    "multi-step": (
        MultiStep(0.3, milestones=(4, 5, 17), factor=0.2),
        lambda o: lr_scheduler.MultiStepLR(o, milestones=[4, 5, 17], gamma=0.2),
    ),
    "exponential": (
        Exponential(0.3, 0.9),
        lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9),
    ),
    "exponential-every": (
        Exponential(0.3, 0.5, every=7),
        lambda o: lr_scheduler.LambdaLR(o, lambda step: 0.5 ** (step / 7)),
    ),
    "linear": (
        Linear(0.3, 20, floor=0.03),
        lambda o: lr_scheduler.LinearLR(o, start_factor=1, end_factor=0.1, total_iters=20),
    ),
    "polynomial": (
        Polynomial(0.3, 20, power=1.7),
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=20, power=1.7),
    ),
    "cosine-restarts": (
        CosineRestarts(0.3, 5, floor=0.02),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=5, eta_min=0.02),
    ),
    "cosine-restarts-growing": (
        CosineRestarts(0.3, 4, growth=2),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2),
    ),
    "one-cycle": (
        OneCycle(0.3, STEPS + 2),
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.3, total_steps=STEPS + 2),
    ),
    "one-cycle-options": (
        OneCycle(0.3, STEPS + 2, pct_start=0.55, div_factor=10, final_div_factor=100),
        lambda o: lr_scheduler.OneCycleLR(
            o, 0.3, STEPS + 2, pct_start=0.55, div_factor=10, final_div_factor=100
        ),
    ),
    "warm-up": (
        Warmup(Constant(0.3), 8, start=0.25),
        lambda o: lr_scheduler.LinearLR(o, start_factor=0.25, total_iters=8),
    ),
    "warm-up-cosine": (
        Warmup(Cosine(0.3, STEPS - 8), 8, start=0.25),  # theirs rises again after its end
        sequential(
            lambda o: lr_scheduler.LinearLR(o, start_factor=0.25, total_iters=8),
            lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS - 8),
            8,
        ),
    ),
    "then": (
        Sequence(Constant(0.3), Exponential(0.3, 0.8), at=11),
        sequential(
            lambda o: lr_scheduler.ConstantLR(o, factor=1),
            lambda o: lr_scheduler.ExponentialLR(o, gamma=0.8),
            11,
        ),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_schedule(name):
    ours, build = PAIRS[name]
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    theirs = build(optimizer)
    for step in range(STEPS + 1):
        assert ours(step) == pytest.approx(theirs.get_last_lr()[0], rel=1e-9)
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize("monitor", ["loss", "accuracy"])
@pytest.mark.parametrize("cooldown", [0, 3])
def test_reduce_on_plateau(monitor, cooldown, rng):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    theirs = lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="min" if monitor == "loss" else "max", factor=0.5, patience=2,
        threshold=0.01, cooldown=cooldown, min_lr=0.01,
    )  # fmt: skip
    ours = ReduceOnPlateau(
        monitor=monitor, factor=0.5, patience=2, threshold=0.01, cooldown=cooldown, min_scale=0.01
    )
    for metric in rng.random(60) + 1:
        ours.observe(metric)
        theirs.step(metric)
        assert ours.scale == pytest.approx(theirs.get_last_lr()[0])
    assert ours.scale < 0.1
