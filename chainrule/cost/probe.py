"""A few steps on a copy of the model: how long an epoch will take, and how much memory."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import numpy as np

from .. import notebook
from ..data.loader import batch_for
from ..declared import checked
from ..kernels.notices import settled
from ..layers.base import Layer, named_parameters
from ..losses import Loss, SoftmaxCrossEntropy
from ..notation import Lines
from ..optim import Optimizer
from ..penalties import Penalty
from ..public import old_keywords
from ..step import forward_backward
from ..text import aligned, amount, duration, plural, size
from .available import available_memory, resident_memory
from .memory import SCORING, Line, Memory, measure, state_of
from .summary import FEW, MORE, Cost, cost, image_shape, random_batch, scratch_copy
from .trace import trace

SECONDS = 0.5  # that a probe may take of a short training,
SHARE = 0.005  # of a long one,
MOST = 10.0  # and at all
REPEATS = 3
GROWTH = 8  # of the steps by which it finds out how many images it can take
PASSING = 1.1  # of what is kept and the largest output: what else passes at the same time


@dataclass(frozen=True, repr=False)
class Timing:
    """What a training will cost.

    cost              operations and kept bytes of a step; ``by_layer``, its layers have seconds
    memory            bytes at the peak
    step_seconds      of forward, loss, backward and update of a whole batch
    predict_seconds   of predicting one image
    epoch_seconds     of the training images, and of the validation images after them
    seconds           of all epochs
    budget            seconds after which it ends even so, 0.0 for none
    probe_seconds     that it took to find out; the first run on a machine compiles meanwhile

    >>> from chainrule import models, optim
    >>> timing = probe(models.mlp(4, (5,), 3), optim.SGD(0.1), batch_size=10, images=100)
    >>> [word for word, text in timing.rows]
    ['cost', 'time']
    """

    cost: Cost
    memory: Memory
    step_seconds: float
    predict_seconds: float
    epoch_seconds: float
    seconds: float
    probe_seconds: float
    budget: float = 0.0

    def __repr__(self) -> str:
        return Lines("\n".join(aligned(self.rows)))

    def _repr_html_(self) -> str:
        return notebook.html("", repr(self))

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What a person wants to know before the first epoch."""
        batch = self.cost.batch_size
        forward, backward = self.cost.forward / batch, self.cost.backward / batch
        operations = f"{amount(forward)} operations an image forward, {amount(backward)} backward"
        if not self.step_seconds:
            return (("cost", operations), ("time", "unknown on a GPU until it has trained"))
        each = duration(self.epoch_seconds, estimated=True)
        if 0 < self.budget < self.seconds:
            epochs = round(self.seconds / self.epoch_seconds)
            done = self.budget / self.epoch_seconds
            count = f"about {max(1, int(done))}" if done >= 1 else "less than one"
            enough = duration(self.budget, estimated=True)
            every = f"{enough} are enough for {count} of {plural(epochs, 'epoch')}"
        else:
            every = f"{duration(self.seconds, estimated=True)} in all"
        speed = f"{batch / self.step_seconds:,.0f} images/s"
        return (
            ("cost", f"{operations}; memory {size(self.memory.peak)} at the peak"),
            ("time", f"about {each} an epoch, {every}; {speed}"),
        )


@old_keywords(pictures="images")
@checked
def probe(
    model: Layer,
    optimizer: Optimizer,
    *,
    loss: Loss | None = None,
    penalty: Penalty | None = None,
    batch_size: int = 128,
    accumulate: int = 1,
    images: int = 0,
    validation: int = 0,
    tested: int = 0,
    epochs: int = 1,
    shape: Sequence[int] | None = None,
    by_layer: bool = True,
) -> Timing:
    """Estimate a training of so many ``images`` and ``epochs`` from steps on random ones,
    evaluated on so many for ``validation`` after each epoch and ``tested`` at its end.

    The model, the optimizer and their streams are left as they are: all that runs is a copy. It
    takes about half a second for a small net, and seconds for a large one; less if nobody asks
    how long each layer takes.

    InputError for a number below 1, and for an image that the model does not take.

    >>> from chainrule import models, optim
    >>> timing = probe(models.mlp(4, (5,), 3), optim.SGD(0.1), batch_size=10, images=100)
    >>> timing.cost.batch_size, timing.cost.parameters
    (10, 43)
    """
    start = perf_counter()
    shape = image_shape(model, shape)
    part = -(-batch_size // accumulate)
    counted = cost(model, batch_size, shape)  # compiles what has to be
    resident = resident_memory()
    run = _Probe(scratch_copy(model), optimizer, loss or SoftmaxCrossEntropy(), penalty, shape)

    each = min(sum(run.timed(MORE)) for _ in range(2)) / MORE
    seconds = min(MOST, max(SECONDS, SHARE * each * images * epochs))
    output = _largest_output(counted)
    grows = _grows(counted)
    n = run.affordable(part, seconds / 8, measure(run.step, MORE, grows))
    learning, predicting = measure(run.step, n, grows), measure(run.predict, n, 2 * output)
    classes = run.outputs()
    memory = Memory(
        resident, state_of(optimizer, model), learning,
        Line(predicting.fixed, predicting.each + SCORING * classes), part,
        min(batch_for((1, *shape)), max(validation, tested)),
        4 * classes * validation, 4 * classes * tested,
    )  # fmt: skip
    run.step(n)
    times, end = [run.timed(n)], perf_counter() + seconds / 4
    while len(times) < REPEATS and perf_counter() < end:
        times.append(run.timed(n))
    passes, update = (median(each) for each in zip(*times, strict=True))
    step = passes * batch_size / n + update
    predict = run.predicting(n) / n
    epoch = step * images / batch_size + predict * validation
    if by_layer:
        counted = _layer_seconds(counted, run.model, n, shape, step)
    return Timing(counted, memory, step, predict, epoch, epoch * epochs, perf_counter() - start)


def untimed(model: Layer, batch_size: int, shape: Sequence[int]) -> Timing:
    """What is known of a training without a step of it: its operations."""
    nothing = Line(0.0, 0.0)
    memory = Memory(0, 0, nothing, nothing, batch_size, 0)
    return Timing(cost(model, batch_size, shape), memory, 0.0, 0.0, 0.0, 0.0, 0.0)


class _Probe:
    """A copy of a training that may be spent."""

    def __init__(
        self,
        model: Layer,
        optimizer: Optimizer,
        loss: Loss,
        penalty: Penalty | None,
        shape: Sequence[int],
    ) -> None:
        self.model, self.loss, self.penalty, self.shape = model, loss, penalty, shape
        self.optimizer = copy.deepcopy(optimizer)
        self.optimizer.load_state({"steps": np.array(0)})
        self.parameters = named_parameters(model)

    def step(self, n: int) -> None:
        self.timed(n)

    def timed(self, n: int) -> tuple[float, float]:
        """Seconds of the two passes on n images, and of the update, which is the same for any
        n."""
        return settled(lambda: self._timed(n))

    def _timed(self, n: int) -> tuple[float, float]:
        x, labels = random_batch(self.model, n, self.shape), np.zeros(n, np.int64)
        with np.errstate(all="ignore"):
            start = perf_counter()
            forward_backward(self.model, x, labels, self.loss)
            middle = perf_counter()
            if self.penalty:
                self.penalty(self.parameters)
            self.optimizer.step(self.parameters)
            return middle - start, perf_counter() - middle

    def predict(self, n: int) -> None:
        with np.errstate(all="ignore"):
            self.model(random_batch(self.model, n, self.shape))

    def outputs(self) -> int:
        """Numbers that the model makes of an image."""
        with np.errstate(all="ignore"):
            return self.model(random_batch(self.model, 1, self.shape)).size

    def affordable(self, part: int, seconds: float, small: Line) -> int:
        """A whole part of a batch, or fewer images where time or memory are too short.

        Found by steps that grow, for an image of a large step takes less time than one of a small
        step, and other kernels.
        """
        free = available_memory()
        room = math.inf if free is None else max(0.0, free / 2 - small.fixed) / max(small.each, 1)
        most = max(FEW, int(min(part, room)))
        n = min(MORE, most)
        while n < most:
            enough = min(most, GROWTH * n, int(seconds / (sum(self.timed(n)) / n)))
            if enough < 1.5 * n:
                break
            n = enough
        return n

    def predicting(self, n: int) -> float:
        x = random_batch(self.model, n, self.shape)
        with np.errstate(all="ignore"):
            settled(lambda: self.model(x))
            start = perf_counter()
            self.model(x)
            return perf_counter() - start


def bytes_an_image(model: Layer, shape: Sequence[int]) -> float:
    """The bytes that a step takes for each further image."""
    return _grows(cost(model, MORE, shape))


def _grows(counted: Cost) -> float:
    return PASSING * (counted.kept / counted.batch_size + _largest_output(counted))


def _largest_output(counted: Cost) -> float:
    """Bytes an image: one such array is at work while all that is kept is still there."""
    return max(4.0 * math.prod(layer.output[1:]) for layer in counted.layers)


def _layer_seconds(counted: Cost, model: Layer, n: int, shape: Sequence[int], step: float) -> Cost:
    """Each layer's share of a step. A step on n images is looked at from inside, which takes
    longer than one that is not: so the shares are scaled to the time of that."""
    visits = settled(lambda: trace(model, random_batch(model, n, shape)))
    seconds = [visit.forward_seconds + visit.backward_seconds for visit in visits]
    factor = step / max(sum(seconds), 1e-12)
    layers = (
        replace(layer, seconds=own * factor)
        for layer, own in zip(counted.layers, seconds, strict=True)
    )
    return replace(counted, layers=tuple(layers))
