"""The files that a training writes of itself: the best model, and checkpoints to resume from.

A checkpoint is all that a bit-exact resume needs, in one file that is written in one step;
`chainrule.training.restore` reads it. A disk that is full for a while ends no training.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from .. import require
from ..files import WriteFailed, atomic_write, patiently, warn
from ..saving import pack
from ..tensorfile import write_tensors
from .callbacks import Callback, score_of
from .retention import checkpoint_path, prune

if TYPE_CHECKING:
    from .trainer import Trainer

FORMAT = "1"


AGAIN = 2.0  # seconds before a disk that was full is asked again, beside the steps


class Pending:
    """Writes files now or, where the disk is full or away, later: until then they are in memory.

        pending.write(path, data)    now if that can be; a failure is warned of
        pending.retry()              once more, but not at every step
        pending.finish()             waits for the last write, then raises WriteFailed

    What waits for a path gives way to what is written there next.
    """

    def __init__(self) -> None:
        self._files: dict[Path, bytes] = {}
        self._asked = 0.0

    @property
    def waiting(self) -> bool:
        """Whether a file is not on the disk yet."""
        return bool(self._files)

    def write(self, path: str | Path, data: bytes | str) -> None:
        self._files[Path(path)] = data.encode() if isinstance(data, str) else data
        self.retry(now=True)

    def retry(self, *, now: bool = False) -> None:
        if not self._files or not (now or monotonic() - self._asked >= AGAIN):
            return
        self._asked = monotonic()
        for path in list(self._files):
            try:
                self._put(path)
            except WriteFailed as error:
                warn(f"{error}; the training goes on, and it is tried again")

    def finish(self) -> None:
        for path in list(self._files):
            patiently(lambda path=path: self._put(path))  # type: ignore[misc]

    def _put(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteFailed(f"cannot make {path.parent}: {error.strerror or error}") from error
        atomic_write(path, self._files[path])
        del self._files[path]


class BestModel(Callback):
    """Keep the model of the best epoch in a file: the highest validation accuracy so far, and of
    equal ones the lowest loss. The file says which epoch that was.

    Of a training with an ``average`` it is the averaged model. Until there is one the best
    weights are kept, which the first average replaces however good they were.

    Where it cannot be written it is kept in memory and tried again; at the end of a call of fit
    WriteFailed is raised if it still cannot. A checkpoint meanwhile tells of the file as it is.

    >>> import tempfile
    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     best = BestModel(f"{folder}/best.safetensors")
    ...     trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[best])
    ...     history = trainer.fit(train, test, epochs=2)
    ...     model = cr.load(f"{folder}/best.safetensors")
    >>> model.signature.classes[:3]
    ('0', '1', '2')
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self._file = Pending()
        self.best: list[float] | None = None
        self.epoch = self.step = 0
        self.averaged = False  # whether ``best`` is of an average
        self._written = self._state()

    def on_other_data(self, trainer: Trainer) -> None:
        self.best = None

    def on_epoch(self, trainer: Trainer) -> None:
        if trainer.averages and not self.averaged:
            self.best, self.averaged = None, True
        score = list(score_of(trainer))
        if self.best is None or score > self.best:
            self.best, self.epoch, self.step = score, trainer.epoch, trainer.step
            with trainer.averaged():
                packed = pack(trainer.model, epoch=trainer.epoch)
            self._file.write(os.fspath(self.path), packed)

    def on_step(self, trainer: Trainer) -> None:
        self._file.retry()

    def on_finish(self, trainer: Trainer) -> None:
        self._file.finish()

    def on_error(self, trainer: Trainer) -> None:
        self._file.retry(now=True)

    kinds: ClassVar[Mapping[str, Any]] = {
        "best": tuple[Real, Real] | None,
        "epoch": int,
        "step": int,
        "averaged": bool,
    }

    def state(self) -> dict[str, Any]:
        if not self._file.waiting:
            self._written = self._state()
        return self._written

    def load_state(self, state: dict[str, Any]) -> None:
        if isinstance(state, dict):
            state = {"averaged": False} | state  # which older checkpoints do not say
        super().load_state(state)

    def _state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.kinds}


class Checkpoint(Callback):
    """Write a checkpoint into ``folder`` when ``every_seconds`` have passed or ``every_steps``
    steps (0: whenever it is time), after the epoch of a new `BestModel`, after a step in which
    ``request()`` was called, and at the end. Give it last, so that what it saves includes what the
    other callbacks have just noted. ``cost`` is the seconds that the last one took to write.

    Kept are the ``keep`` newest, the one of the best epoch, and for good the first one at or
    after each multiple of ``keep_every_steps``. ``identity`` says what is trained, in JSON
    values: see `resume_from`.

    Where one cannot be written the training goes on, and the next step after AGAIN seconds tries
    again; those that are there stay. WriteFailed if that is so still at the end.

    InputError for an option out of its range.

    >>> import tempfile
    >>> import chainrule as cr
    >>> train, test = cr.data.digits()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=[Checkpoint(folder)])
    ...     history = trainer.fit(train, epochs=1, batch_size=144)
    ...     sorted(file.name for file in Path(folder).iterdir())
    ['step-000000010.safetensors']
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        every_seconds: float = 30.0,
        every_steps: int = 0,
        keep: int = 2,
        keep_every_steps: int = 0,
        identity: Mapping[str, Any] | None = None,
    ) -> None:
        require.positive(every_seconds=every_seconds)
        require.integer(0, every_steps=every_steps, keep_every_steps=keep_every_steps)
        require.integer(1, keep=keep)
        self.folder, self.identity = Path(folder), identity
        self.every_seconds, self.every_steps = every_seconds, every_steps
        self.keep, self.keep_every_steps = keep, keep_every_steps
        self._saved_at, self._saved_step = monotonic(), -1
        self._failed_at: float | None = None
        self._requested, self.cost = False, 0.0

    def request(self) -> None:
        """Write one after this step, whatever the time."""
        self._requested = True

    def on_start(self, trainer: Trainer) -> None:
        self._saved_at, self._saved_step, self._failed_at = monotonic(), -1, None

    def on_step(self, trainer: Trainer) -> None:
        # The last step of an epoch waits for the validation that belongs to it.
        if not trainer.epoch_over and self._due(trainer.step):
            self._try(trainer)

    def on_epoch(self, trainer: Trainer) -> None:
        if self._due(trainer.step) or _best_step(trainer) == trainer.step:
            self._try(trainer, between_epochs=True)

    def on_finish(self, trainer: Trainer) -> None:
        if self._saved_step != trainer.step:
            patiently(lambda: self._save(trainer))

    def _due(self, step: int) -> bool:
        if self._failed_at is not None:
            return monotonic() - self._failed_at >= AGAIN
        if self._requested or (self.every_steps and step % self.every_steps == 0):
            return True
        return monotonic() - self._saved_at >= self.every_seconds

    def _try(self, trainer: Trainer, *, between_epochs: bool = False) -> None:
        try:
            self._save(trainer, between_epochs=between_epochs)
        except WriteFailed as error:
            self._failed_at = monotonic()
            reason = getattr(error.__cause__, "strerror", None) or error
            warn(
                f"cannot write a checkpoint into {self.folder}: {reason}; the training goes on, "
                "and it is tried again"
            )

    def _save(self, trainer: Trainer, *, between_epochs: bool = False) -> None:
        began, path = monotonic(), checkpoint_path(self.folder, trainer.step)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteFailed(f"cannot make {self.folder}: {error.strerror or error}") from error
        save(trainer, path, between_epochs=between_epochs, identity=self.identity)
        self._failed_at, self._requested = None, False
        self._saved_at, self._saved_step = monotonic(), trainer.step
        self.cost = self._saved_at - began
        best = _best_step(trainer)
        prune(self.folder, last=self.keep, every=self.keep_every_steps, best=best)


def _best_step(trainer: Trainer) -> int | None:
    best = trainer.callback(BestModel)
    return best.step if best and best.step else None


def save(
    trainer: Trainer,
    path: str | os.PathLike[str],
    *,
    between_epochs: bool = False,
    identity: Mapping[str, Any] | None = None,
) -> None:
    """Write weights, optimizer, counters and callbacks to ``path``, atomically."""
    arrays = {f"model/{name}": a for name, a in trainer.model.state().items()}
    arrays |= {f"optimizer/{name}": a for name, a in trainer.optimizer.state().items()}
    for i, callback in enumerate(stateful(trainer)):
        arrays |= {f"callbacks/{i}/{name}": a for name, a in callback.arrays().items()}
    counters = trainer.state()
    if between_epochs:  # the epoch's sums are shown to the hooks, then cleared
        counters |= {"samples_seen": 0, "correct": 0, "loss_sum": 0.0}
    metadata = {
        "checkpoint": FORMAT,
        "trainer": counters,
        "callbacks": [[type(c).__name__, c.state()] for c in stateful(trainer)],
        "identity": identity,
    }
    write_tensors(path, arrays, metadata)


def stateful(trainer: Trainer) -> list[Callback]:
    """What travels with a checkpoint. The budget of one call of ``fit`` is not: see there."""
    return [c for c in trainer.callbacks if c is not trainer.transient and c.state()]
