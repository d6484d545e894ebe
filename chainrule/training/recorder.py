"""A record of the last steps that is still there when a training has ended badly."""

from __future__ import annotations

import math
import os
import struct
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import is_on_gpu, namespace
from ..device import on_host
from ..errors import InputError
from ..files import atomic_write, warn
from ..layers.base import named_arrays
from ..layers.variables import Buffer
from ..printable import command
from ..sums import norm
from ..types import Array
from .callbacks import Callback
from .step_ring import FIELDS, LastSteps, Layout, first_record

if TYPE_CHECKING:
    from .trainer import Trainer

RECORD = "last-steps.bin"
"""The name of the file in a run's folder."""


@dataclass(eq=False, repr=False)
class StepRecorder(Callback):
    """Write each step into the file ``path``, which keeps the last ones: some ten thousand.

    Kept of a step are: epoch and batch, which are the keys of its images, of their order and of
    what augments them; a checksum of the labels; the loss; the norm of each parameter's gradient;
    the learning rate; and the counters of random layers. It is written after the backward pass
    and before the update, so that a step that ends the training is there too. Give it before
    `StopOnNonFinite`, which then uses its norms. ``about`` is JSON values to keep.

    What is written survives the process, however it ends. It takes a few microseconds a step, and
    the norms. If the file cannot be written, there is one warning, and the training goes on.

    `chainrule.replay` replays a recorded step.

    >>> import tempfile
    >>> import chainrule as cr
    >>> from chainrule.training.step_ring import LastSteps
    >>> train, test = cr.data.digits()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     recorder = StepRecorder(f"{folder}/last-steps.bin")
    ...     trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[recorder])
    ...     history = trainer.fit(train, epochs=1, batch_size=144)
    ...     steps = LastSteps.read(recorder.path)
    >>> steps.records["step"].tolist(), steps.records["batch"][-1].item()
    ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 9)
    """

    path: str | os.PathLike[str]
    about: Mapping[str, Any] | None = None
    _file: FileIO | None = field(default=None, init=False)
    _record: struct.Struct = field(default=struct.Struct(""), init=False)
    _first: int = field(default=0, init=False)
    _capacity: int = field(default=0, init=False)
    _counters: list[Buffer] = field(default_factory=list, init=False)
    _told: bool = field(default=False, init=False)
    _squares: tuple[int, list[float]] = field(default=(0, []), init=False)

    def on_start(self, trainer: Trainer) -> None:
        self._close()
        self._squares = 0, []
        counters = [
            (path, node)
            for path, node in named_arrays(trainer.model)
            if isinstance(node, Buffer) and node.value.size == 1 and node.value.dtype.kind in "iu"
        ]
        self._counters = [node for _, node in counters]
        layout = Layout(
            tuple(path for path, _ in trainer.parameters), tuple(path for path, _ in counters)
        )
        kinds = "".join({"<i8": "q", "<u8": "Q", "<f8": "d"}[kind] for _, kind in FIELDS)
        self._record = struct.Struct(f"<{kinds}{len(layout.counters)}Q{len(layout.parameters)}d")
        self._capacity = layout.capacity
        header = layout.header({**(self.about or {}), "seed": trainer.seed})
        self._first = len(header)
        try:
            self._open(header, layout)
        except (OSError, InputError) as error:
            self._tell(error)

    def _open(self, header: bytes, layout: Layout) -> None:
        """Continue the existing file if it is of the same parameters."""
        before = b""
        try:
            known = LastSteps.read(self.path)
            if known.layout == layout:
                before = Path(self.path).read_bytes()
        except InputError:
            pass  # none, or a damaged one
        if before[: len(header)] != header:
            atomic_write(self.path, header + before[first_record(before) :])
        self._file = FileIO(os.fspath(self.path), "r+")

    def on_gradient(self, trainer: Trainer) -> None:
        step, squares = trainer.step + 1, squares_of_gradients(trainer)
        self._squares = step, squares
        if self._file is None or trainer._last_batch is None:
            return
        optimizer, labels = trainer.optimizer, trainer._last_batch[1]
        norms = [math.sqrt(s) if s >= 0 else s for s in squares]
        body = self._record.pack(
            step, trainer.epoch, trainer.batch, len(labels), checksum(labels),
            trainer.last_loss, trainer.planned, optimizer.lr, optimizer.lr_scale,
            *[int(buffer.value) for buffer in self._counters], *norms,
        )  # fmt: skip
        body += zlib.crc32(body).to_bytes(4, "little")
        try:
            self._file.seek(self._first + step % self._capacity * len(body))
            self._file.write(body)
        except OSError as error:
            self._tell(error)

    def squares(self, trainer: Trainer) -> list[float] | None:
        """Σ g² of each parameter's gradient g in the coming update, where they are known."""
        step, squares = self._squares
        return squares if step == trainer.step + 1 else None

    def way_back(self, step: int) -> str:
        """How to look at a recorded step, for the end of a message; "" outside a run's folder."""
        path = Path(self.path)
        folder = path.parent
        if path.name != RECORD or not (folder / "config.toml").is_file():
            return ""
        replay = command("chainrule", "replay", folder, "--step", str(step))
        return f"; {replay} shows which layer and images"

    def on_finish(self, trainer: Trainer) -> None:
        self._close()

    def on_error(self, trainer: Trainer) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def _tell(self, error: Exception) -> None:
        if not self._told:
            reason = getattr(error, "strerror", None) or error
            warn(f"cannot record the last steps in {self.path}: {reason}; the training goes on")
        self._told = True


def checksum(labels: Array) -> int:
    """CRC-32 of the labels of a batch: nearly always another one for other images."""
    return zlib.crc32(np.ascontiguousarray(on_host(labels)).data)


def squares_of_gradients(trainer: Trainer) -> list[float]:
    """Σ g² of each parameter's gradient g, -1 where there is none; finite where all of g is."""
    grads = [parameter.grad for _, parameter in trainer.parameters]
    squares = iter(_dots([grad for grad in grads if grad is not None]))
    sums = []
    for grad in grads:
        square = -1.0 if grad is None else next(squares)
        # The square overflows early, so a suspicion is looked at element by element.
        if grad is not None and not math.isfinite(square) and namespace(grad).isfinite(grad).all():
            square = min(norm(grad) * norm(grad), sys.float_info.max)
        sums.append(square)
    return sums


def _dots(grads: list[Array]) -> list[float]:
    """g · g of each array; those of a GPU are waited for once, not one by one."""
    if not grads or not is_on_gpu(grads[0]):
        return [float(np.vdot(grad, grad)) for grad in grads]
    xp = namespace(grads[0])
    dots: list[float] = on_host(xp.stack([xp.vdot(grad, grad) for grad in grads])).tolist()
    return dots
