"""What is to be timed, for every mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..kernels.precision import Precision
from .frameworks import Framework
from .nets import Net
from .timing import Setup

Say = Callable[[str], None]


@dataclass(frozen=True)
class BenchOptions:
    """``nets`` by ``frameworks`` in batches of ``batch_size`` images, on ``threads`` cores, with
    arrays on ``device``.

    A figure takes ``steps`` steps or ``seconds`` seconds; with neither, as long as its mode thinks
    right. ``precision`` is that of our products. ``only`` are words in the name of what some modes
    time. ``predict``, ``same`` and ``cold`` are for whole steps: prediction too, equivalence first,
    and empty caches.
    """

    nets: Sequence[Net]
    frameworks: Sequence[Framework]
    batch_size: int = 128
    threads: int = 1
    seconds: float | None = None
    steps: int | None = None
    only: str | None = None
    predict: bool = False
    same: bool = False
    cold: bool = False
    precision: Precision = "float32"
    device: str = "cpu"

    def time(self, seconds: float) -> float:
        """Seconds for each figure: those asked for, else ``seconds``."""
        return seconds if self.seconds is None else self.seconds

    def setups(self, net: Net, verb: str = "step", first: str = "step") -> dict[str, Setup]:
        """How to set up each framework that does ``verb`` with ``net``, warmed up by ``first``."""
        return {
            each.name: each.setup(
                net, self.batch_size, self.threads, first=first, device=self.device
            )
            for each in self.frameworks
            if not each.unfit(net, verb, self.device)
        }

    def absent(self, net: Net, verb: str = "step") -> dict[str, str]:
        """Who does not, and why."""
        reasons = {each.name: each.unfit(net, verb, self.device) for each in self.frameworks}
        return {name: why for name, why in reasons.items() if why}
