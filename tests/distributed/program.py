"""A training that the tests start with ``mpiexec``; rank 0 prints its losses as JSON."""

import json
import sys

import numpy as np

import chainrule as cr
from chainrule.training import Callback

STEPS = 50


class Losses(Callback):
    def __init__(self):
        self.all = []

    def on_step(self, trainer):
        self.all.append(trainer.last_loss)


def losses(group, dtype):
    """Of 11 steps an epoch with batch norm, dropout, and a last batch of 3 images; in float64,
    where rounding is out of the way, in two parts each."""
    train, test = (part.take(range(n)) for part, n in zip(cr.data.digits(), (403, 61), strict=True))
    model = cr.models.mlp((8, 8, 1), (16, 12), 10, norm="batch", dropout=0.2).init(0).astype(dtype)
    recorder = Losses()
    trainer = cr.Trainer(
        model, cr.optim.SGD(0.02), group=group, sync_batch_norm=True, callbacks=[recorder],
        accumulate=1 if dtype is np.float32 else 2,
    )  # fmt: skip
    trainer.fit(train, test, epochs=5 if dtype is np.float32 else 2, batch_size=40, progress=False)
    return recorder.all, trainer.validation.loss


if __name__ == "__main__":
    world = cr.distributed.world()
    told = {name: losses(world, np.dtype(name).type) for name in ("float32", "float64")}
    told["ranks"] = world.exchange([world.rank, world.where.split()[0]])
    if world.leads:
        json.dump(told, sys.stdout)
