"""Whose a running trial is: what its worker notes in the study, and who takes it over when.

A trial has two attributes. ``workers`` is a list of who has worked on it, the last one being its
holder, which changes ``heartbeat`` each ``every`` seconds. A holder of which nothing has changed
for SILENT times as long is dead. That is measured by whoever watches, with its own monotonic clock,
between two looks of its own: no clock of a host or of a server is compared with another. (The time
in a heartbeat is for people who ask what runs.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, time
from typing import Any

from ..printable import printable
from .plan import HEARTBEAT, LONGEST
from .worker import Worker

WORKERS, BEAT = "workers", "heartbeat"
SILENT = 4
"""Heartbeats that a worker may miss."""


class Lost(Exception):
    """Another worker has taken the trial over, which saw no heartbeat from this one."""


def workers(trial: Any) -> list[dict[str, Any]]:
    """Who has worked on a trial, the holder last; what another program has noted is left out."""
    said = trial.user_attrs.get(WORKERS)
    listed = said if isinstance(said, list) else []
    return [w for w in listed if isinstance(w, dict) and isinstance(w.get("key"), str)]


def host(worker: Mapping[str, Any]) -> str:
    """The name of a worker's host, as a message shows it."""
    return printable(worker.get("host", "?"))


def holder(trial: Any) -> dict[str, Any]:
    """The last worker of a trial; {} where nobody has signed it."""
    return (workers(trial) or [{}])[-1]


def every(trial: Any) -> float:
    """Seconds between the heartbeats of its holder."""
    said = holder(trial).get("every")
    return min(float(said), LONGEST) if isinstance(said, int | float) and said > 0 else HEARTBEAT


def signed(worker: Worker, folder: Path, *, locked: bool, beat: float, reported: int) -> Any:
    """What a worker notes of itself: where its runs are, whether it has the ``flock`` of the
    trial, and how many epochs had been reported when it began."""
    return {
        **worker.told(),
        **where(folder),
        "locked": locked,
        "every": beat,
        "reported": reported,
    }


def where(folder: Path) -> dict[str, str]:
    """A folder of a host: containers may have several of one path."""
    stat = folder.stat()
    return {"folder": str(folder.resolve()), "inode": f"{stat.st_dev}:{stat.st_ino}"}


def first_beat(worker: Worker) -> list[Any]:
    return [worker.key, 0, time()]


class Watch:
    """What this process has seen of the trials of others."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[Any, float, bool]] = {}

    def look(self, trial: Any) -> tuple[float, bool]:
        """(seconds in which nothing has changed, whether anything ever has) under this watch."""
        last = holder(trial)
        beat = trial.user_attrs.get(BEAT)
        sign = (last.get("key"), last.get("released"), beat, len(trial.intermediate_values))
        before = self._seen.get(trial.number)
        if before is None or before[0] != sign:
            self._seen[trial.number] = (sign, monotonic(), before is not None)
        _, since, moved = self._seen[trial.number]
        return monotonic() - since, moved

    def forget(self) -> None:
        """Begin anew: while the study cannot be reached nobody can give a sign."""
        self._seen.clear()


class Lease:
    """This worker's hold on a trial; inside ``with``, a thread gives signs of life.

    ``keep`` raises Lost once another one has the trial.
    """

    def __init__(
        self,
        storage: Any,
        trial_id: int,
        worker: Worker,
        beat: float,
        steadily: Callable[[Callable[[], Any]], Any],
        outage: Callable[[], object],
    ) -> None:
        self.storage, self.trial_id, self.worker, self.every = storage, trial_id, worker, beat
        self._steadily, self._outage = steadily, outage
        self._lost = False
        self._known = monotonic()  # when it was last known to be ours
        self._count = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beats, name="heartbeat", daemon=True)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join(timeout=5)  # it may wait for a server that is away

    def is_ours(self) -> bool:
        """Whether the study says so now."""
        trial = self.storage.get_trial(self.trial_id)
        ours = not trial.state.is_finished() and holder(trial).get("key") == self.worker.key
        if ours:
            self._known = monotonic()
        else:
            self._lost = True
        return ours

    def keep(self) -> None:
        """Go on. Raises Lost if the trial is another's; that is asked for if no answer is as young
        as half of what it takes to be held for dead, as after a pause of the whole machine."""
        if not self._lost and monotonic() - self._known > SILENT * self.every / 2:
            self._steadily(self.is_ours)
        if self._lost:
            raise Lost

    def note(self, **details: Any) -> None:
        """Add to what this worker has noted of itself, if the trial is still its own. While no
        other can take it over."""
        trial = self.storage.get_trial(self.trial_id)
        listed = workers(trial)
        if listed and listed[-1]["key"] == self.worker.key and not trial.state.is_finished():
            listed = [*listed[:-1], {**listed[-1], **details}]
            self.storage.set_trial_user_attr(self.trial_id, WORKERS, listed)

    def _beats(self) -> None:
        while not self._over.wait(self.every):
            try:
                if not self.is_ours():
                    return
                self._count += 1
                beat = [self.worker.key, self._count, time()]
                self.storage.set_trial_user_attr(self.trial_id, BEAT, beat)
            except Exception:  # the study cannot be reached: the next time, or `keep` tells of it
                self._outage()
