"""Takeovers in one process, which plays one host after the other."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna")

from chainrule.errors import CheckFailed, InputError
from chainrule.experiment import Interrupted
from chainrule.files import WriteFailed
from chainrule.search import Plan, lease, read_plan, search, taking, worker
from chainrule.search import study as studies
from chainrule.search.lease import BEAT, WORKERS, Watch, every, holder, workers
from chainrule.search.report import conclude
from chainrule.search.results import Row, by_host, rows
from chainrule.search.study import look, open_study
from chainrule.training import Callback

TEXT = """
data = "digits"
epochs = 4
max_train_images = 60
max_test_images = 20
checkpoint.every_steps = 1
[search]
sampler = "random"
trials = 1
heartbeat = 0.1
[search.space]
"optimizer.lr" = {log = [1e-3, 1e-1]}
"model.hidden" = [[4]]
"""


class Crash(Exception):
    """What no part of the search expects, as little as a kill."""


class At(Callback):
    """Does something after an epoch."""

    def __init__(self, epoch: int, act: Callable[[], object]) -> None:
        self.epoch, self.act = epoch, act

    def on_epoch(self, trainer: Any) -> None:
        if trainer.epoch == self.epoch:
            self.act()


def raising(error: BaseException) -> Callable[[], object]:
    def act() -> None:
        raise error

    return act


def quiet(line: str) -> None:
    pass


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "s.toml").write_text(TEXT)
    return read_plan(tmp_path / "s.toml")


@pytest.fixture(autouse=True)
def no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of runs: they take most of the time of a short one."""
    monkeypatch.setattr("chainrule.experiment.run.report_on", lambda *_, **__: None)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Any:
    def host(name: str) -> None:
        monkeypatch.setattr("socket.gethostname", lambda: name)
        worker.this_host.cache_clear()

    yield host
    monkeypatch.undo()
    worker.this_host.cache_clear()


def crash(plan: Plan, folder: Path, epoch: int = 2, **options: Any) -> None:
    """A worker that is gone in the middle of a trial; with it go its locks."""
    with pytest.raises(Crash):
        search(plan, folder, callbacks=lambda: [At(epoch, raising(Crash()))], say=quiet, **options)


def only(found: list[Row]) -> Row:
    (row,) = found
    return row


def test_a_worker_of_the_same_host_takes_over_at_once(plan, tmp_path, on, monkeypatch):
    on("a")
    crash(plan, tmp_path / "s")
    monkeypatch.setattr(lease, "SILENT", 1e9)
    monkeypatch.setattr(taking, "SILENT", 1e9)
    row = only(rows(search(plan, tmp_path / "s", say=quiet), plan))
    assert row.state == "complete" and row.epochs == 4
    assert [w["from_epoch"] for w in row.workers] == [0, 1]  # the checkpoint before the crash


def test_a_worker_of_another_host_takes_over_what_is_silent_and_resumes_it(plan, tmp_path, on):
    on("a")
    crash(plan, tmp_path / "s")
    on("b")
    heard: list[str] = []
    row = only(rows(search(plan, tmp_path / "s", say=heard.append), plan))
    assert heard[0].startswith(
        "waiting: 1 trial running elsewhere (a); one without a heartbeat for 0.4 s"
    )
    assert heard[1].endswith("(taken over from a)")
    assert [(w["host"], w["from_epoch"]) for w in row.workers] == [("a", 0), ("b", 1)]
    assert row.state == "complete" and row.host == "b"


def test_one_that_died_after_it_was_last_seen_alive_is_waited_for(tmp_path, on):
    (tmp_path / "s.toml").write_text(TEXT.replace("trials = 1", "trials = 2"))
    plan = read_plan(tmp_path / "s.toml")
    on("a")
    crash(plan, tmp_path / "s")
    opened = open_study(plan, tmp_path / "s", say=quiet)

    def last_sign() -> None:
        """The one of a, while b works on another trial; then a is silent."""
        trial = opened.trials()[0]
        key, *_ = trial.user_attrs[BEAT]
        opened.study._storage.set_trial_user_attr(trial._trial_id, BEAT, [key, 99, 0])

    on("b")
    heard: list[str] = []
    found = search(plan, tmp_path / "s", callbacks=lambda: [At(4, last_sign)], say=heard.append)
    assert [row.state for row in rows(found, plan)] == ["complete", "complete"]
    assert heard[-1].endswith("(taken over from a)")


def test_in_a_folder_of_its_own_a_trial_begins_anew(plan, tmp_path, on):
    shared = str(tmp_path / "study.log")
    on("a")
    crash(plan, tmp_path / "a" / "s", study=shared)
    on("b")
    row = only(rows(search(plan, tmp_path / "b" / "s", study=shared, say=quiet), plan))
    assert [(w["host"], w["from_epoch"]) for w in row.workers] == [("a", 0), ("b", 0)]
    assert row.state == "complete" and row.epochs == 4
    on("a")  # which has a part of a trial that is finished elsewhere
    assert only(rows(search(plan, tmp_path / "a" / "s", study=shared, say=quiet), plan)) == row


def test_one_that_is_asked_to_end_gives_its_trial_back(plan, tmp_path, on, monkeypatch):
    monkeypatch.setattr(taking, "SILENT", 1e9)
    on("a")
    stop = At(2, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(Interrupted, match=r"run the search again to continue it$"):
        search(plan, tmp_path / "s", callbacks=lambda: [stop], say=quiet)
    assert only(rows(look(plan, tmp_path / "s"), plan)).state == "stale"
    on("b")
    row = only(rows(search(plan, tmp_path / "s", say=quiet), plan))
    assert [(w["host"], w["from_epoch"]) for w in row.workers] == [("a", 0), ("b", 2)]


def test_a_full_disk_ends_the_worker_and_fails_no_trial(plan, tmp_path, on):
    on("a")
    full = At(2, raising(WriteFailed("cannot write x: No space left on device")))
    with pytest.raises(WriteFailed, match="No space left on device; when it can be written, run"):
        search(plan, tmp_path / "s", callbacks=lambda: [full], say=quiet)
    assert only(rows(look(plan, tmp_path / "s"), plan)).state == "stale"
    assert only(rows(search(plan, tmp_path / "s", say=quiet), plan)).state == "complete"


def test_who_lost_its_trial_ends_it_and_tells_the_study_nothing(plan, tmp_path, on):
    on("a")
    opened = open_study(plan, tmp_path / "s", say=quiet)

    def rob() -> None:
        (trial,) = opened.trials()
        taken = [*workers(trial), {"key": "of b", "host": "b", "every": 3600.0}]
        opened.study._storage.set_trial_user_attr(trial._trial_id, WORKERS, taken)
        opened.study._storage.set_trial_user_attr(trial._trial_id, BEAT, ["of b", 1, 0])

    def waited(*_: object) -> None:
        raise Crash

    heard: list[str] = []
    # It would wait for the other one for an hour.
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Crash):
        patch.setattr("chainrule.search.searching.sleep", waited)
        patch.setattr("chainrule.search.searching.Lease.keep", _always_asks)
        search(plan, tmp_path / "s", callbacks=lambda: [At(2, rob)], say=heard.append)
    assert heard[1] == (
        "trial 1 was taken over by another worker, which saw no heartbeat from this one"
    )
    (trial,) = opened.trials()
    assert trial.state.name == "RUNNING" and holder(trial)["key"] == "of b"
    assert max(trial.intermediate_values) == 2


def _always_asks(self: lease.Lease) -> None:
    if not self.is_ours():
        raise lease.Lost


def test_a_lease_asks_whether_it_still_holds_after_a_long_silence(monkeypatch):
    now = 0.0
    monkeypatch.setattr(lease, "monotonic", lambda: now)
    asked: list[int] = []
    held = lease.Lease(None, 0, worker.this_worker(), 10.0, lambda call: asked.append(1), list)
    held.keep()
    now = lease.SILENT * 10.0 / 2
    held.keep()
    assert asked == []
    now += 1
    held.keep()
    assert asked == [1]


def test_a_trial_on_which_every_worker_dies_fails(plan, tmp_path, on):
    on("a")
    for _ in range(1 + taking.MOST_DEATHS):  # the first one reports an epoch
        crash(plan, tmp_path / "s", epoch=1)
    heard: list[str] = []
    found = rows(search(plan, tmp_path / "s", say=heard.append), plan)
    assert [row.state for row in found] == ["complete", "fail"]
    assert len(found[1].workers) == 1 + taking.MOST_DEATHS
    assert found[1].problem == "its worker died 3 times in the same epoch; is there enough memory?"


def test_what_fails_of_itself_is_not_tried_again(plan, tmp_path, on):
    on("a")
    errors = [MemoryError(), CheckFailed("the loss is NaN"), InputError("no")]
    two = replace(plan, trials=1)
    found = rows(
        search(two, tmp_path / "s", callbacks=lambda: [At(1, raising(errors.pop(0)))], say=quiet),
        plan,
    )
    problems = [row.problem for row in sorted(found, key=lambda row: row.number)]
    assert problems == ["not enough memory", "the loss is NaN", "no"]


def test_a_watch_counts_only_what_it_has_seen_itself(monkeypatch):
    from types import SimpleNamespace

    now = 0.0
    monkeypatch.setattr(lease, "monotonic", lambda: now)
    trial = SimpleNamespace(
        number=3, user_attrs={WORKERS: [{"key": "k"}], BEAT: ["k", 0, 1e9]}, intermediate_values={}
    )
    watch = Watch()
    assert watch.look(trial) == (0.0, False)  # however old its time says that it is
    now = 50.0
    assert watch.look(trial) == (50.0, False)
    trial.user_attrs[BEAT] = ["k", 1, -1e9]  # a clock that goes backwards
    assert watch.look(trial) == (0.0, True)
    now = 55.0
    trial.intermediate_values = {1: 0.5}  # an epoch is a sign, too
    assert watch.look(trial) == (0.0, True)
    now = 60.0
    watch.forget()  # the server was away
    assert watch.look(trial) == (0.0, False)


@pytest.mark.parametrize(
    "said", [None, 3, "x", [3], [{}], [{"key": 3}], [{"key": "k", "every": "x"}]]
)
def test_notes_of_other_programs_are_no_notes(said):
    from types import SimpleNamespace

    trial = SimpleNamespace(number=0, user_attrs={WORKERS: said}, intermediate_values={})
    assert holder(trial) in ({}, {"key": "k", "every": "x"}) and every(trial) == 15.0


def test_the_page_and_the_notes_say_where_trials_were(plan, tmp_path, on):
    on("node<1>")
    crash(plan, tmp_path / "s")
    on("b")
    study = search(plan, tmp_path / "s", say=quiet)
    record = conclude(study, plan, tmp_path / "s")
    assert record["hosts"] == [
        {"host": "b", "running": 0, "stale": 0, "complete": 1, "pruned": 0, "fail": 0}
    ]
    text = (tmp_path / "s" / "search.html").read_text("utf-8")
    assert "Trial 0000 was started on node&lt;1&gt;, resumed from epoch 1 on b." in text
    assert json.loads((tmp_path / "s" / "results.json").read_text())["hosts"] == record["hosts"]


def test_trials_are_counted_by_the_host_that_had_them_last():
    def row(number: int, state: str, *hosts: str) -> Row:
        return Row(number, state, {}, workers=[{"host": host} for host in hosts])

    found = [
        row(0, "complete", "a", "b"),
        row(1, "stale", "a"),
        row(2, "running", "b"),
        row(3, "fail"),
    ]
    counted = {each["host"]: {k: v for k, v in each.items() if v} for each in by_host(found)}
    assert counted == {
        "a": {"host": "a", "stale": 1},
        "b": {"host": "b", "complete": 1, "running": 1},
        "–": {"host": "–", "fail": 1},
    }


def test_a_study_of_another_space_is_refused_and_what_differs_is_named(plan, tmp_path):
    open_study(plan, tmp_path / "s", say=quiet)
    text = TEXT.replace("1e-1", "2e-1").replace("epochs = 4", "epochs = 5")
    (tmp_path / "s.toml").write_text(text)
    told = (
        r"epochs was 4 and is 5; search.space.optimizer.lr was log \[0.001, 0.1\] and is "
        r"log \[0.001, 0.2\]; restore that"
    )
    for refused in (open_study, look):
        with pytest.raises(InputError, match=told):
            refused(read_plan(tmp_path / "s.toml"), tmp_path / "s")


def test_hosts_with_other_data_are_refused_and_other_code_is_told(plan, tmp_path, monkeypatch):
    open_study(plan, tmp_path / "s", say=quiet)
    heard: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(worker, "version", lambda: "9.9")
        open_study(plan, tmp_path / "s", say=heard.append)
    assert len(heard) == 1
    assert heard[0].startswith("note: this worker has version 9.9, and the study was started with")
    other = {**studies.data_of(plan), "training": "f" * 64}
    monkeypatch.setattr(studies, "data_of", lambda plan: other)
    with pytest.raises(InputError, match="the training data have sha256 ffffffffffff, and those"):
        open_study(plan, tmp_path / "s", say=quiet)


def test_results_of_different_code_say_so(plan, tmp_path, monkeypatch):
    search(plan, tmp_path / "s", say=quiet)
    monkeypatch.setattr(worker, "version", lambda: "9.9")
    more = replace(plan, trials=2)
    notes = conclude(search(more, tmp_path / "s", say=quiet), more, tmp_path / "s")["notes"]
    assert any(
        note.startswith("Different versions of chainrule") and "9.9" in note for note in notes
    )


def test_a_folder_with_the_trials_of_another_study_is_refused(plan, tmp_path):
    folder = tmp_path / "s"
    search(plan, folder, say=quiet)
    with pytest.raises(InputError, match="holds the trials of another study: give another --name"):
        search(plan, folder, study=str(tmp_path / "other.log"), say=quiet)
    (folder / "study.json").write_text("{")
    with pytest.raises(InputError, match="is not JSON"):
        search(plan, folder, say=quiet)
    (folder / "study.json").unlink()
    with pytest.raises(InputError, match="holds the trials of another study"):
        search(plan, folder, say=quiet)
    shutil.rmtree(folder / "trials")
    search(plan, folder, say=quiet)


def test_a_study_of_another_program_is_refused(plan, tmp_path):
    import optuna

    place = f"sqlite:///{tmp_path}/study.db"
    foreign = optuna.create_study(study_name="s", storage=place, direction="maximize")
    foreign.add_trial(optuna.trial.create_trial(value=0.5))
    with pytest.raises(InputError, match=r"the study s in .* belongs to another program"):
        open_study(plan, tmp_path / "s", place, quiet)
    open_study(plan, tmp_path / "t", place, quiet)  # a database has room for many


@pytest.mark.parametrize("revision", ["v1.3.0.a", "v99"])
def test_tables_of_another_optuna_are_one_line(plan, tmp_path, revision):
    import contextlib
    import sqlite3

    place = f"sqlite:///{tmp_path}/study.db"
    open_study(plan, tmp_path / "s", place, quiet)
    with contextlib.closing(sqlite3.connect(tmp_path / "study.db")) as file, file:
        file.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    with pytest.raises(InputError, match=r"no longer compatible .*; or give another database$"):
        open_study(plan, tmp_path / "s", place, quiet)
