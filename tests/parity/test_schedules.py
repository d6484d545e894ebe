from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from torch.optim import lr_scheduler

from chainrule.schedules import Constant, Cosine, Step

STEPS = 30
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
