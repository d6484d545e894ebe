"""Workers of several hosts, which are played by processes that give other names of hosts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna")

from chainrule.search import read_plan
from chainrule.search.results import Row, rows
from chainrule.search.study import look

from . import postgresql
from .test_drawing import drawn

TRIALS, EPOCHS = 6, 4
TEXT = f"""
data = "digits"
epochs = {EPOCHS}
max_train_images = 100
max_test_images = 20
checkpoint.every_steps = 1
[search]
sampler = "random"
trials = {TRIALS}
heartbeat = 0.5
[search.space]
"optimizer.lr" = {{log = [1e-3, 1e-1]}}
"model.hidden" = [[4]]
"""
PROGRAM = """
import socket, sys, time
from pathlib import Path
from chainrule.training import Callback
host, folder, place = sys.argv[1:]
socket.gethostname = lambda: host
from chainrule.search import read_plan, search
import chainrule.experiment.run
chainrule.experiment.run.report_on = lambda *_, **__: None  # most of the time of a short run
class Waits(Callback):
    def on_epoch(self, trainer):
        if host in "ab" and trainer.epoch == 2:
            time.sleep(3600)  # until it is killed
        while host in "cd" and not Path("killed").exists():
            time.sleep(0.02)
search(read_plan(Path("s.toml")), Path(folder), study=place or None, callbacks=lambda: [Waits()])
"""


@dataclass
class Workers:
    """Processes in one folder, by the name of the host that each gives."""

    at: Path
    place: str
    running: dict[str, subprocess.Popen[str]]
    study: Any = None

    def start(self, host: str, folder: str = "searches/s") -> None:
        threads = {"OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        self.running[host] = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, host, folder, self.place],
            cwd=self.at, env=os.environ | threads, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def seen(self, folder: str = "searches/s") -> list[Row]:
        plan = read_plan(self.at / "s.toml")
        self.study = self.study or look(plan, self.at / folder, self.place or None)
        return rows(self.study, plan)

    def until(self, true: Callable[[list[Row]], Any]) -> list[Row]:
        """The trials, once that is true of them."""
        while True:
            assert all(w.poll() in (None, 0) for w in self.running.values()), self.said()
            try:
                found = self.seen()
            except ValueError:  # nobody has begun it
                found = []
            if true(found):
                return found
            time.sleep(0.2)

    def kill(self, host: str) -> None:
        worker = self.running.pop(host)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()

    def end(self) -> str:
        """What the rest says, when all of them have ended well."""
        said = {host: worker.communicate()[0] for host, worker in self.running.items()}
        codes = {host: worker.returncode for host, worker in self.running.items()}
        assert not any(codes.values()), said
        return "\n".join(said.values())

    def said(self) -> list[str]:
        return [w.communicate()[0] for w in self.running.values() if w.poll()]

    def close(self) -> None:
        for worker in self.running.values():
            if worker.poll() is None:
                worker.kill()
                worker.communicate()


@pytest.fixture(params=["journal", "postgresql"])
def workers(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    place = ""
    if request.param == "postgresql":
        server: postgresql.Server = request.getfixturevalue("server")
        place = server.url(request.getfixturevalue("database"))
    (tmp_path / "s.toml").write_text(TEXT)
    made = Workers(tmp_path, place, {})
    yield made
    made.close()


def works(found: list[Row], host: str) -> bool:
    """Whether a host is in the middle of a trial."""
    return any(r.accuracy is None and r.host == host and r.epochs == 2 for r in found)


def events(folder: Path, event: str) -> int:
    lines = (folder / "log.jsonl").read_text().splitlines()
    return sum(json.loads(line)["event"] == event for line in lines)


def test_trials_of_killed_workers_go_on_and_each_is_finished_once(workers: Workers) -> None:
    for host in ("a", "b", "c", "d"):
        workers.start(host)
    workers.until(lambda found: works(found, "a") and works(found, "b"))
    for host in ("a", "b"):
        workers.kill(host)
    killed = [r.number for r in workers.seen() if r.host in ("a", "b")]
    (workers.at / "killed").touch()
    said = workers.end()
    found = workers.seen()
    assert sorted(r.number for r in found) == [*range(TRIALS)]
    assert all(r.state == "complete" and r.epochs == EPOCHS for r in found), found
    by_number = {r.number: r for r in found}
    assert len(killed) == 2 and said.count("taken over from") == len(killed)
    for number, row in by_number.items():
        folder = workers.at / "searches" / "s" / "trials" / f"{number:04}"
        assert events(folder, "finished") == 1
        assert len(row.workers) == (2 if number in killed else 1)
        if number in killed:
            assert row.workers[0]["host"] in "ab" and row.workers[1]["host"] in "cd"
            assert row.workers[1]["from_epoch"] >= 1 and events(folder, "resumed") == 1
    # Each has values of its own, those that one process would have drawn.
    expected = [trial.params["optimizer.lr"] for trial in drawn(read_plan(workers.at / "s.toml"))]
    assert [by_number[n].values["optimizer.lr"] for n in range(TRIALS)] == expected
    assert len(set(expected)) == TRIALS
    assert said.count(workers.place or "://") == 0 and postgresql.PASSWORD not in said
