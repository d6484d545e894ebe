"""A layer may be given a part of a batch while others have the rest: what it must know of that.

Two things depend on the whole batch. Dropout numbers its samples, so that a sample is dropped alike
wherever it is computed; and batch norm, where it is asked to, takes its statistics over all parts.
Whoever cuts a batch says so around the forward and the backward pass:

    with part_of_batch(Shard(start=64)):
        loss, logits = forward_backward(model, x[64:], labels[64:], loss, share=0.5)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ..types import Array


@dataclass(frozen=True)
class Shard:
    """Which part of a batch is at hand.

    start    how many samples of the batch come before it
    counted  False for samples that another part has too: they add nothing to statistics
    gather   gives the rows (parts, n) of all parts for the own one (n,), float64; None where batch
             norm takes the statistics of each part
    """

    start: int = 0
    counted: bool = True
    gather: Callable[[Array], Array] | None = None


WHOLE = Shard()

_shard: ContextVar[Shard] = ContextVar("part of the batch", default=WHOLE)


def shard() -> Shard:
    """The part of the batch that layers are given now; `WHOLE` outside of `part_of_batch`."""
    return _shard.get()


@contextmanager
def part_of_batch(part: Shard) -> Iterator[None]:
    """Inside, layers are given this part of a batch."""
    token = _shard.set(part)
    try:
        yield
    finally:
        _shard.reset(token)
