"""A model of the time of a data-parallel step, fitted to measurements, and what it predicts.

A rank with c cores computes n = B / K images of a batch B in

    compute(n) = (a + b n) (1 - p + p / c) (1 + s (k - 1))

a, b: seconds a step and an image on one core; p: the share that threads divide (Amdahl 1967); s:
how much k ranks on one host slow each other down, who share its memory. A ring all-reduce of S
bytes in m messages over K ranks takes

    reduce(S) = 2 (K - 1) (m α + S / (K β))

α: seconds a message, β: bytes a second (Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce
algorithms for clusters of workstations"). Of it the share o is hidden behind the backward pass, so

    step = compute(n) + (1 - o) reduce(S) + reduce(a few numbers)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

FEW = 256.0  # bytes of the losses and statistics that every step adds up by themselves


@dataclass(frozen=True)
class Step:
    """A measured step: K ``ranks``, each on ``threads`` cores of one host, and its parts in
    seconds; ``sent`` bytes in ``messages``."""

    ranks: int
    threads: int
    batch: int
    seconds: float
    compute: float
    wait: float
    reduce: float
    sent: float
    messages: int


@dataclass(frozen=True)
class Network:
    """What carries a message: seconds each, and bytes a second."""

    name: str
    latency: float
    bandwidth: float

    def all_reduce(self, sent: float, ranks: int, messages: int = 1) -> float:
        """Seconds of a ring all-reduce."""
        if ranks == 1:
            return 0.0
        return 2 * (ranks - 1) * (messages * self.latency + sent / (ranks * self.bandwidth))


@dataclass(frozen=True)
class Model:
    """The fitted numbers of one net; names as above."""

    a: float
    b: float
    parallel: float
    slowdown: float
    hidden: float
    sent: float
    messages: int
    network: Network

    def compute(self, images: float, threads: int = 1, ranks_a_host: int = 1) -> float:
        share = 1 - self.parallel + self.parallel / threads
        return (self.a + self.b * images) * share * (1 + self.slowdown * (ranks_a_host - 1))

    def step(self, ranks: int, batch: int, threads: int = 1, ranks_a_host: int = 1) -> float:
        """Seconds of a step on ``batch`` images."""
        own = self.compute(batch / ranks, threads, ranks_a_host)
        reduce = self.network.all_reduce(self.sent, ranks, self.messages)
        return own + (1 - self.hidden) * reduce + self.network.all_reduce(FEW, ranks)

    def on(self, network: Network) -> Model:
        return replace(self, network=network)

    def efficiency(self, ranks: int, batch: int, threads: int) -> float:
        """Speed of ``ranks`` hosts over ``ranks`` times that of one, on the same batch."""
        return self.step(1, batch, threads) / (ranks * self.step(ranks, batch, threads))


def fit(steps: Sequence[Step], reduces: Sequence[tuple[float, float]]) -> Model:
    """The model of measured ``steps``, of 1 and of 2 ranks, and of all-reduces between two ranks:
    (bytes, seconds)."""
    alone = [s for s in steps if s.ranks == 1 and s.threads == 1]
    a, b = _line([(s.batch, s.compute) for s in alone])
    two = [s for s in steps if s.ranks == 2 and s.threads == 1]
    threaded = [s for s in steps if s.ranks == 1 and s.threads == 2]
    slowdown = _median([s.compute / (a + b * s.batch / 2) - 1 for s in two])
    parallel = _median([2 * (1 - s.compute / (a + b * s.batch)) for s in threaded])
    network = network_of(reduces)
    hidden = _median([1 - s.wait / max(s.reduce, s.wait, 1e-9) for s in two])
    last = two[-1] if two else alone[-1]
    return Model(
        a, b, float(np.clip(parallel, 0, 1)), max(0.0, slowdown), float(np.clip(hidden, 0, 1)),
        last.sent, last.messages, network,
    )  # fmt: skip


def network_of(reduces: Sequence[tuple[float, float]]) -> Network:
    """Latency and bandwidth from all-reduces between two ranks, (bytes, seconds): between two,
    2 (α + S / 2β)."""
    start, slope = _line(reduces)
    return Network("measured", max(start / 2, 0.0), 1 / max(slope, 1e-15))


def errors(model: Model, steps: Sequence[Step]) -> list[float]:
    """How far the model is off each step, as a share of it."""
    return [
        model.step(s.ranks, s.batch, s.threads, ranks_a_host=s.ranks) / s.seconds - 1 for s in steps
    ]


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """(y at 0, slope), both 0 or more, of least relative squares: small steps count as large."""
    x, y = np.array(points, float).T
    weights = 1 / np.maximum(y, 1e-12)
    rows = np.stack([np.ones_like(x), x], axis=1) * weights[:, None]
    (start, slope), *_ = np.linalg.lstsq(rows, y * weights, rcond=None)
    if start < 0:
        return 0.0, float(np.mean(y / x))
    return float(start), float(max(slope, 0.0))


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else 0.0
