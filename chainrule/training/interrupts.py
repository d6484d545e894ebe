"""Ctrl-C and SIGTERM end a training after its step, with everything saved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trainer import Trainer


@dataclass
class Interruption:
    """Whether a signal has asked the training to end."""

    happened: bool = False
    trained: bool = False

    def training_is_over(self) -> None:
        """From now on there is nothing left to save: a signal, also one that has come already,
        raises KeyboardInterrupt at once."""
        self.trained = True
        if self.happened:
            raise KeyboardInterrupt


@contextmanager
def graceful_stop(trainer: Trainer) -> Iterator[Interruption]:
    """Inside, the first SIGINT or SIGTERM sets ``trainer.stop``: the step is finished and the
    callbacks save. A second one raises KeyboardInterrupt at once, and so does the first one after
    ``training_is_over()``. The old handlers come back afterwards. Outside the main thread, where
    Python takes no signals, nothing changes.

    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10))
    >>> with graceful_stop(trainer) as interruption:
    ...     history = trainer.fit(train, epochs=1)
    >>> interruption.happened
    False
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        if interruption.happened or interruption.trained:
            raise KeyboardInterrupt
        interruption.happened = trainer.stop = True

    signals = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(number, ask_to_stop) for number in signals]
    try:
        yield interruption
    finally:
        for number, handler in zip(signals, previous, strict=True):
            signal.signal(number, handler)
