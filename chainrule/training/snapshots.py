"""Several models of one training, for an ensemble that costs no more than one of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .. import require
from ..errors import InputError
from ..saving import pack
from .callbacks import Callback
from .checkpoint import Pending

if TYPE_CHECKING:
    from .trainer import Trainer


class Snapshots(Callback):
    """Save the model into ``folder`` after each of the planned steps ``ends``: snapshot-01 …

    With a schedule of cycles, such as ``Repeat(Cosine(0.1, 500), 500)`` and ends of 500, 1000,
    1500, each model is in another minimum. `chainrule.Ensemble` is their common answer. A
    training that ends before its plan saves the last one where it ends.

    InputError unless ``ends`` are growing numbers of steps.

    Source: Huang et al. 2017, "Snapshot Ensembles: Train 1, Get M for Free".

    >>> import tempfile
    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     snapshots = Snapshots(folder, ends=(5, 10))
    ...     trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[snapshots])
    ...     history = trainer.fit(train, epochs=1, batch_size=144)
    ...     sorted(file.name for file in Path(folder).iterdir())
    ['snapshot-01.safetensors', 'snapshot-02.safetensors']
    """

    def __init__(self, folder: str | os.PathLike[str], ends: Sequence[int]) -> None:
        for end in ends:
            require.integer(1, ends=end)
        if not len(ends) or any(b <= a for a, b in pairwise(ends)):
            raise InputError(f"ends: expected growing step numbers, received {tuple(ends)}")
        self.folder, self.ends = Path(folder), tuple(ends)
        self.taken = 0
        self._files = Pending()
        self._written = 0  # of those taken

    def on_step(self, trainer: Trainer) -> None:
        over = sum(trainer.planned > end - 1e-6 for end in self.ends)
        if trainer.done:  # the time is up in the last cycle
            over = len(self.ends)
        if over > self.taken:
            self.taken = over
            self._files.write(
                self.folder / f"snapshot-{over:02}.safetensors",
                pack(trainer.model, epoch=trainer.epoch + 1),
            )
        self._files.retry()

    def on_finish(self, trainer: Trainer) -> None:
        self._files.finish()

    def on_error(self, trainer: Trainer) -> None:
        self._files.retry(now=True)

    kinds: ClassVar[Mapping[str, Any]] = {"taken": int}

    def state(self) -> dict[str, Any]:
        if not self._files.waiting:
            self._written = self.taken
        return {"taken": self._written}
