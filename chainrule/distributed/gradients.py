"""Gradients summed over the ranks while the backward pass goes on.

Each rank adds dL/dw of its images, weighted by their share of the batch, so the gradient of the
batch is the sum over ranks. Gradients lie end to end in a flat buffer, in the order in which the
backward pass completes them, and the buffer is cut into buckets. A bucket that is complete is sent
off by a non-blocking all-reduce; MPI moves it on when it is asked to, which is whenever the
backward pass has come to another parameter.

The order, and how often a parameter is added to (one that two layers share: twice), are those of
the step before; the first step sends all at its end. A step that goes another way is noticed by
every rank at once and sent once more, whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from ..layers.variables import Parameter, Variable, on_gradient
from ..types import Array
from .group import Group, Request
from .timeline import OFF, Timeline

BUCKET = 1 << 20
"""Bytes from which a bucket is sent off."""


class Bucket:
    """Parameters whose gradients travel together, as a row of one dtype."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        sizes = [p.value.size for p in parameters]
        self.parameters = list(parameters)
        self.row = np.zeros(sum(sizes), parameters[0].value.dtype)
        ends = np.cumsum(sizes)
        self.pieces = [
            self.row[end - size : end].reshape(p.value.shape)
            for p, size, end in zip(parameters, sizes, ends, strict=True)
        ]
        self.missing = len(parameters)
        self.request: Request | None = None
        self.sent = 0.0

    def fill(self) -> None:
        """Copy all gradients in; one that there is not is 0."""
        for parameter, piece in zip(self.parameters, self.pieces, strict=True):
            piece[...] = 0 if parameter.grad is None else parameter.grad


class GradientSum:
    """The gradients of a batch from those of its shards.

        with gradients.travelling():         around forward and backward of the last part
            …
        sums = gradients.finish(numbers)     the gradients are those of the batch; Σ of numbers

    ``bytes_sent`` is what this rank has put into all-reduces so far, ``steps`` in how many steps.
    """

    def __init__(self, group: Group, parameters: Sequence[Parameter]) -> None:
        self.group, self.all = group, list(parameters)
        self.timeline: Timeline = OFF
        self.bytes_sent = self.steps = 0
        self.buckets: list[Bucket] = []
        self._trained: list[Parameter] = []
        self._order: list[Parameter] = []  # as completed in this step
        self._counts: dict[int, int] = {}
        self._expected: dict[int, int] = {}
        self._place: dict[int, tuple[Bucket, Array]] = {}
        self._next = 0  # the bucket that is sent off next
        self._late = False  # a gradient was added to after it had been sent

    @contextmanager
    def travelling(self) -> Iterator[None]:
        """Inside, a bucket leaves as soon as the backward pass has completed it."""
        self._begin()
        with on_gradient(self._heard):
            yield

    def finish(self, numbers: Array, averages: Sequence[tuple[Variable, float]] = ()) -> Array:
        """Replace each gradient by its sum over the ranks, and each variable of ``averages`` by the
        sum of its values times their weights. Returns the sums of ``numbers`` (float64)."""
        for bucket in self.buckets[self._next :]:
            bucket.fill()
            self._send(bucket)
        rows = [np.array(w * v.value, np.float64).ravel() for v, w in averages]
        touched = [float(p.grad is not None) for p in self._trained]
        head = [*numbers, float(self._late), *touched]
        known = np.concatenate([np.array(head, np.float64), *rows])
        with self.timeline.span("sum of losses and statistics", "communication"):
            self.group.start_sum(sums := known).wait()
        self.bytes_sent += sums.nbytes
        self._wait()
        n = len(numbers)
        if sums[n]:  # on every rank: what was sent early was not all
            for bucket in self.buckets:
                bucket.fill()
                self._send(bucket)
            self._wait()
        for parameter, count in zip(self._trained, sums[n + 1 : len(head)], strict=True):
            parameter.grad = self._place[id(parameter)][1] if count else None
        self._take(averages, sums[len(head) :])
        self._learn(anew=bool(sums[n]))
        self.steps += 1
        result: Array = sums[:n]
        return result

    def _begin(self) -> None:
        trained = [p for p in self.all if not p.frozen]
        if [*map(id, trained)] != [*map(id, self._trained)]:
            self._trained, self._expected = trained, {}
            self._lay_out(trained)
        self._order, self._counts, self._next, self._late = [], {}, 0, False
        for bucket in self.buckets:
            bucket.missing = len(bucket.parameters)

    def _heard(self, parameter: Parameter) -> None:
        """A backward pass has added to a gradient."""
        key = id(parameter)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        expected = self._expected.get(key)
        if expected == count:
            self._completed(parameter)
        elif expected is None or count > expected:
            self._late = self._late or expected is not None
        if expected is None:
            self._order = [p for p in self._order if p is not parameter] + [parameter]
        self._poll()

    def _completed(self, parameter: Parameter) -> None:
        if (place := self._place.get(id(parameter))) is None or parameter.grad is None:
            return
        bucket, piece = place
        piece[...] = parameter.grad
        bucket.missing -= 1
        while self._next < len(self.buckets) and self.buckets[self._next].missing == 0:
            self._send(self.buckets[self._next])
            self._next += 1

    def _send(self, bucket: Bucket) -> None:
        bucket.sent = self.timeline.now()
        bucket.request = self.group.start_sum(bucket.row)
        self.bytes_sent += bucket.row.nbytes

    def _poll(self) -> None:
        for bucket in self.buckets[: self._next]:
            if bucket.request is not None and bucket.request.test():
                self._arrived(bucket)

    def _wait(self) -> None:
        with self.timeline.span("wait for gradients", "wait"):
            for bucket in self.buckets:
                if bucket.request is not None:
                    bucket.request.wait()
                    self._arrived(bucket)

    def _arrived(self, bucket: Bucket) -> None:
        bucket.request = None
        index = self.buckets.index(bucket)
        self.timeline.add(f"all-reduce {index}", "communication", bucket.sent, bucket.row.nbytes)

    def _take(self, averages: Sequence[tuple[Variable, float]], row: Array) -> None:
        end = 0
        for variable, _ in averages:
            start, end = end, end + variable.value.size
            value = row[start:end].reshape(variable.value.shape)
            variable.value = value.astype(variable.value.dtype)

    def _learn(self, *, anew: bool) -> None:
        """The order of this step for the next one."""
        if anew:
            self._expected = {}
        elif not self._expected and self._order:
            rest = [p for p in self._trained if id(p) not in self._counts]
            self._lay_out([*self._order, *rest])
            self._expected = self._counts

    def _lay_out(self, order: Sequence[Parameter]) -> None:
        """Buckets of parameters in this order."""
        runs: list[list[Parameter]] = []
        run: list[Parameter] = []
        size = 0
        for parameter in order:
            if run and (size >= BUCKET or parameter.value.dtype != run[0].value.dtype):
                runs.append(run)
                run, size = [], 0
            run.append(parameter)
            size += parameter.value.nbytes
        self.buckets = [Bucket(run) for run in (*runs, run) if run]
        self._place = {
            id(p): (bucket, piece)
            for bucket in self.buckets
            for p, piece in zip(bucket.parameters, bucket.pieces, strict=True)
        }
