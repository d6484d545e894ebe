"""The callback of a training that is watched: it tells what happens, and does as it is told.

Everything that it tells is also in the run folder, in ``logs/live.jsonl``, from which the curves
are drawn again later. It is one for any number of pages, which never meet the training.

What costs time (norms of updates, a look at the layers, the filters and test images) is done so
seldom that it takes at most `SHARE` of the time, and checkpoints to go back to take `WRITING` of
it; the rest is a few additions a step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..doctor.check import Check, graded
from ..doctor.checks import dead_units, update_ratio
from ..errors import InputError
from ..layers import ReLU
from ..layers.observe import named_leaves
from ..training import Callback, Checkpoint, RateFactor
from ..training.logs import Activations, Gradients, RowFiles
from ..training.retention import checkpoints
from ..types import Array
from .inbox import Inbox
from .snapshots import look

if TYPE_CHECKING:
    from ..training import Trainer

Tell = Callable[[str, Any], None]

SHARE = 0.02  # of the training time that looking may take
WRITING = 0.015  # and writing the checkpoints that stay
EVERY, SLOWEST = 0.1, 2000  # seconds between two points of a curve; later, so many of them in all
FIRST = 16  # steps that are points of their own: much is learned in them
PROBE = 0.4  # seconds between two looks, at least
TABLE = "live"


class Recorder(Callback):
    """``tell(kind, data)`` is told

        points   [[step, loss, accuracy, lr] …]     means over the steps since the last one
        probe    step, update ratio of each weight, dead units of each layer, both in rows
        look     step, first filters, and what the model says of the test images
        epoch    the row of the history
        state    where the training is, and whether it is paused
        verdicts what the doctor says of the last probe
        kept     the steps of the checkpoints that there are

    and ``inbox`` holds what is asked for: see `chainrule.play.inbox`.
    """

    def __init__(self, tell: Tell, inbox: Inbox, images: Array, rows: RowFiles) -> None:
        self.tell, self.inbox, self.images, self.rows = tell, inbox, images, rows
        self.points: list[list[float]] = []
        self._gradients, self._activations = Gradients(), Activations(64)
        self._probing = False
        self._steps, self._loss, self._began = 0, 0.0, 0.0
        self._told = self._probed = self._begun = 0.0
        self._costs: deque[float] = deque(maxlen=3)  # seconds of the last looks
        self._samples = self._correct = 0
        self._kept: list[int] = []
        self._requested = (0, 0.0)  # the step and time of the last checkpoint that stays

    def on_start(self, trainer: Trainer) -> None:
        self.rows.open(trainer.step)
        self._began = self._told = perf_counter()
        self._samples, self._correct = trainer.samples_seen, trainer.correct
        self._relus = {path for path, leaf in named_leaves(trainer.model) if isinstance(leaf, ReLU)}
        self._factor = trainer.callback(RateFactor)
        self._requested = (trainer.step, self._began)
        self._look(trainer)
        self._say_state(trainer)
        if self.inbox:
            self._obey(trainer)

    def on_gradient(self, trainer: Trainer) -> None:
        self._lr = trainer.optimizer.lr  # after the update it is that of the next step
        now = perf_counter()
        cost = min(self._costs) if len(self._costs) > 1 else 0.0  # the first one warms up
        if now - self._probed > max(PROBE, cost / SHARE):
            self._probing = True
            self._gradients.before_update(trainer)
            self._begun = perf_counter() - now

    def on_step(self, trainer: Trainer) -> None:
        self._steps += 1
        self._loss += trainer.last_loss
        now = perf_counter()
        seldom = max(EVERY, (now - self._began) / SLOWEST)
        if trainer.step <= FIRST or now - self._told > seldom:
            self._tell_points(trainer, now)
        if self._probing:
            self._probe(trainer)
        self._keep(trainer, now)
        if self.inbox:
            self._obey(trainer)

    def on_epoch(self, trainer: Trainer) -> None:
        self._tell_points(trainer, perf_counter())
        self._samples = self._correct = 0
        self.tell("epoch", trainer.history.rows[-1])

    def on_finish(self, trainer: Trainer) -> None:
        self._tell_points(trainer, perf_counter())
        self._look(trainer)
        self.rows.close()
        if trainer.epoch == trainer.epochs:
            self.tell("state", {"phase": "testing"})

    def on_error(self, trainer: Trainer) -> None:
        self._tell_points(trainer, perf_counter())
        self.rows.close()

    def _tell_points(self, trainer: Trainer, now: float) -> None:
        if not self._steps:
            return
        samples = trainer.samples_seen - self._samples
        accuracy = (trainer.correct - self._correct) / samples if samples > 0 else None
        row = {
            "step": trainer.step,
            "epoch": trainer.epoch,
            "loss": self._loss / self._steps,
            "accuracy": accuracy,
            "lr": self._lr,
        }
        self.rows.write(TABLE, [row])
        self.tell("points", [[row["step"], row["loss"], accuracy, row["lr"]]])
        self.tell("at", self._at(trainer))
        self._steps, self._loss, self._told = 0, 0.0, now
        self._samples, self._correct = trainer.samples_seen, trainer.correct

    def _probe(self, trainer: Trainer) -> None:
        start = perf_counter()
        self._probing = False
        decayed = {path for path, p in trainer.parameters if p.decay}
        ratios = [
            [row["name"], row["ratio"]]
            for row in self._gradients.rows(trainer)
            if row["name"] in decayed and row["ratio"] is not None
        ]
        dead = [
            [row["name"], row["dead"]]
            for row in self._activations.rows(trainer)
            if row["name"].partition(" ")[0] in self._relus
        ]
        row = {
            "step": trainer.step,
            "ratio": median(r for _, r in ratios) if ratios else None,
            "dead": max((share for _, share in dead), default=None),
        }
        self.rows.write("probes", [row])
        self.tell("probes", [[row["step"], row["ratio"], row["dead"]]])
        self.tell("layers", {"step": trainer.step, "ratios": ratios, "dead": dead})
        checks = verdicts(ratios, dead, self._lr)
        self.tell("verdicts", [as_row(check) for check in checks])
        self._look(trainer)
        self._probed = perf_counter()
        self._costs.append(self._begun + self._probed - start)

    def _look(self, trainer: Trainer) -> None:
        self.tell("look", {"step": trainer.step, **look(trainer.model, self.images)})
        if checkpoint := trainer.callback(Checkpoint):
            kept = list(checkpoints(checkpoint.folder))
            if kept != self._kept:
                self._kept = kept
                self.tell("kept", kept)

    def _keep(self, trainer: Trainer, now: float) -> None:
        """Have a checkpoint written that stays, if one is due and writing it is worth its time."""
        checkpoint = trainer.callback(Checkpoint)
        if checkpoint is None or not checkpoint.keep_every_steps:
            return
        step, then = self._requested
        if trainer.step // checkpoint.keep_every_steps == step // checkpoint.keep_every_steps:
            return
        if now - then >= checkpoint.cost / WRITING:
            self._requested = (trainer.step, now)
            checkpoint.request()

    def _obey(self, trainer: Trainer) -> None:
        """Do what the inbox says; while it says to wait, nothing else."""
        began = perf_counter()
        before = (self.inbox.paused, self.inbox.speed)
        for rate in self.inbox.words():
            self._set_rate(trainer, rate)
        if self.inbox.waits_for_words:
            self._tell_points(trainer, began)
            self._look(trainer)
            self._say_state(trainer)
        elif before != (self.inbox.paused, self.inbox.speed):
            self._say_state(trainer)
        paused = self.inbox.paused
        for rate in self.inbox.wait(lambda: trainer.stop):
            self._set_rate(trainer, rate)
        if paused != self.inbox.paused and not trainer.stop:
            self._say_state(trainer)
        self.inbox.steps_on()
        waited = perf_counter() - began
        trainer.history.leave_out(waited)
        self._began += waited

    def _set_rate(self, trainer: Trainer, value: float) -> None:
        try:
            if self._factor is None:
                raise InputError("lr: this training has no RateFactor")
            self._factor.set_rate(trainer, value)
        except InputError as error:
            self.tell("refused", str(error))
            return
        self.tell("rates", [[trainer.step, value]])
        self.rows.write("rates", [{"step": trainer.step, "lr": value}])
        self.tell("at", self._at(trainer))

    def _at(self, trainer: Trainer) -> dict[str, Any]:
        return {
            "step": trainer.step,
            "epoch": trainer.epoch,
            "steps": trainer.batches * trainer.epochs,
            "epochs": trainer.epochs,
            "lr": trainer.optimizer.lr,
            "seconds": trainer.history.seconds,
        }

    def _say_state(self, trainer: Trainer) -> None:
        phase = "paused" if self.inbox.paused else "training"
        self.tell("at", self._at(trainer))
        self.tell("state", {"phase": phase, "speed": self.inbox.speed})


def verdicts(ratios: list[list[Any]], dead: list[list[Any]], lr: float) -> list[Check]:
    """What the doctor says of these figures, by the limits that it has before a training."""
    found = []
    if ratios:
        number = float(median(ratio for _, ratio in ratios))
        verdict = graded(number, update_ratio.WARNING, update_ratio.FAILED)
        low = number <= update_ratio.WARNING[0]
        cause, fix = ("", "") if verdict == "ok" else update_ratio.reasons(low=low)
        found.append(
            Check(
                update_ratio.NAME, verdict, number, f"{number:.2g} at a rate of {lr:.3g}",
                update_ratio.RULE, cause, fix,
            )
        )  # fmt: skip
    if dead:
        name, share = max(dead, key=lambda row: row[1])
        verdict = graded(share, (0.0, dead_units.WARNING), (0.0, dead_units.FAILED))
        cause, fix = ("", "") if verdict == "ok" else dead_units.reasons(after=True)
        found.append(
            Check(
                dead_units.NAME, verdict, share, f"{share:.0%} of {name}",
                dead_units.RULE, cause, fix,
            )
        )  # fmt: skip
    return found


def as_row(check: Check) -> dict[str, Any]:
    """A check in JSON values."""
    number = None if check.number is None or not np.isfinite(check.number) else check.number
    return {
        "name": check.name,
        "verdict": check.verdict,
        "number": number,
        "shown": check.shown,
        "rule": check.threshold,
        "cause": check.cause,
        "fix": check.fix,
    }
