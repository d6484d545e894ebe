"""Searches with real trainings on the digits, which are killed, shared and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from chainrule.errors import InputError
from chainrule.search import read_plan, search
from chainrule.search.page import page
from chainrule.search.report import conclude
from chainrule.search.results import Row, complete, pareto, rows, short_search, tied, told_apart
from chainrule.training import Callback

BASE = """
data = "digits"
epochs = {epochs}
max_train_images = 300
max_test_images = 50
[search]
sampler = "{sampler}"
trials = {trials}
pruner = "{pruner}"
[search.space]
"optimizer.lr" = {lr}
"model.hidden" = [[8], [16]]
"""


def plan_of(tmp_path: Path, **given: object):
    options = {"epochs": 1, "sampler": "random", "trials": 3, "pruner": "none",
               "lr": "{log = [1e-3, 1e-1]}"} | given  # fmt: skip
    file = tmp_path / "s.toml"
    file.write_text(BASE.format(**options))
    return read_plan(file)


def quiet(line: str) -> None:
    pass


@pytest.mark.parametrize("sampler", ["random", "coarse-to-fine", "tpe"])
def test_a_search_has_its_trials_and_a_page(tmp_path, sampler):
    plan = plan_of(tmp_path, sampler=sampler, trials=4)
    folder = tmp_path / "searches" / "s"
    study = search(plan, folder, say=quiet)
    record = conclude(study, plan, folder)
    assert len(record["trials"]) == 4
    best = record["trials"][0]
    assert best["state"] == "complete" and best["accuracy"] >= record["trials"][-1]["accuracy"]
    assert json.loads((folder / "results.json").read_text())["sampler"] == sampler
    text = (folder / "search.html").read_text()
    assert "optimizer.lr" in text and "Pareto" in text and text.count("<svg") >= 2
    assert (folder / "trials" / "0003" / "report.html").is_file()  # trials are runs


def test_a_grid_tries_every_combination_once(tmp_path):
    plan = plan_of(tmp_path, sampler="grid", lr="[0.1, 0.001]")
    found = rows(search(plan, tmp_path / "g", say=quiet), plan)
    tried = {(row.values["optimizer.lr"], *row.values["model.hidden"]) for row in found}
    assert tried == {(0.1, 8), (0.1, 16), (0.001, 8), (0.001, 16)} and len(found) == 4


def test_the_seed_draws_the_values_also_of_a_search_that_goes_on(tmp_path):
    def values(folder: str, seed: int, *counts: int) -> list[float]:
        for count in counts:
            plan = replace(plan_of(tmp_path), trials=count, seed=seed)
            found = rows(search(plan, tmp_path / folder, say=quiet), plan)
        return [row.values["optimizer.lr"] for row in sorted(found, key=lambda r: r.number)]

    once = values("once", 1, 3)
    assert values("twice", 1, 1, 3) == once and len(set(once)) == 3
    assert values("other", 2, 3) != once


def test_a_search_that_is_called_again_goes_on_to_more_trials(tmp_path):
    plan = plan_of(tmp_path, trials=2)
    heard: list[str] = []
    search(plan, tmp_path / "s", say=quiet)
    search(plan, tmp_path / "s", say=heard.append)
    assert heard == []
    more = plan_of(tmp_path, trials=3)
    assert len(rows(search(more, tmp_path / "s", say=heard.append), more)) == 3
    assert len(heard) == 1


class _Stop(Callback):
    def on_epoch(self, trainer):
        raise KeyboardInterrupt


def test_a_trial_that_was_interrupted_goes_on(tmp_path):
    plan = plan_of(tmp_path, trials=2, epochs=3)
    with pytest.raises(KeyboardInterrupt):
        search(plan, tmp_path / "s", callbacks=lambda: [_Stop()], say=quiet)
    found = rows(search(plan, tmp_path / "s", say=quiet), plan)
    assert [row.number for row in sorted(found, key=lambda r: r.number)] == [0, 1]
    assert all(row.state == "complete" and row.epochs == 3 for row in found)


PROGRAM = """
import sys
from pathlib import Path
from chainrule.search import read_plan, search
search(read_plan(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def test_a_killed_process_loses_no_trial_and_two_share_a_study(tmp_path):
    plan = plan_of(tmp_path, trials=4, epochs=30)
    folder = tmp_path / "s"
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "s.toml"), str(folder)]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    history = folder / "trials" / "0000" / "history.csv"
    while not history.is_file() and first.poll() is None:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    found = rows(search(plan, folder, say=quiet), plan)
    assert sorted(row.number for row in found) == [0, 1, 2, 3]
    assert all(row.state == "complete" and row.epochs == 30 for row in found)
    assert len(os.listdir(folder / "trials")) >= 4


def test_pruning_ends_trials_early_and_warns_of_slow_starters(tmp_path):
    plan = plan_of(
        tmp_path, trials=8, epochs=6, pruner="successive-halving", lr="[0.03, 1e-6]",
    )  # fmt: skip
    folder = tmp_path / "s"
    record = conclude(search(plan, folder, say=quiet), plan, folder)
    states = [row["state"] for row in record["trials"]]
    assert "pruned" in states and "complete" in states
    assert any("start slowly" in note for note in record["notes"])
    assert all(row["epochs"] < 6 for row in record["trials"] if row["state"] == "pruned")


def test_a_trial_that_fails_is_told_and_the_others_go_on(tmp_path):
    plan = plan_of(tmp_path, sampler="grid", lr="[0.01, 1e38]")
    folder = tmp_path / "s"
    study = search(plan, folder, say=quiet)
    found = rows(study, plan)
    assert {row.state for row in found} >= {"complete"}
    failed = [row for row in found if row.state == "fail"]
    assert all(row.problem for row in failed) and len(complete(found)) >= 2
    assert page("s", plan, found, {}, ["note"]).count("<tr") > len(found)


def test_a_study_of_another_search_is_refused(tmp_path):
    search(plan_of(tmp_path, trials=1), tmp_path / "s", say=quiet)
    other = plan_of(tmp_path, trials=1, epochs=2)
    with pytest.raises(InputError, match="belongs to another search"):
        search(other, tmp_path / "s", say=quiet)


@pytest.mark.parametrize("content", ["{", "not json\n", "[]\n", '{"op_code": 99}\n'])
def test_a_damaged_journal_is_one_line(tmp_path, content):
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "journal.log").write_text(content)
    try:
        search(plan_of(tmp_path, trials=1), folder, say=quiet)
    except InputError as error:
        assert "\n" not in str(error) and "study" in str(error)


def test_a_data_base_is_a_study_too(tmp_path):
    plan = plan_of(tmp_path, trials=1)
    place = f"sqlite:///{tmp_path}/study.db"
    assert len(rows(search(plan, tmp_path / "s", study=place, say=quiet), plan)) == 1
    for wrong in (f"sqlite:///{tmp_path}/none/study.db", "nosuch://x/y", str(tmp_path)):
        with pytest.raises(InputError, match="stud"):
            search(plan, tmp_path / "s", study=wrong, say=quiet)


def row(number: int, accuracy: float, seconds: float = 1.0, **more: object) -> Row:
    return Row(number, "complete", {}, accuracy, 1000, seconds, 20, **more)  # type: ignore[arg-type]


def test_trials_that_differ_by_chance_are_tied():
    best, near, far = row(0, 0.95), row(1, 0.945), row(2, 0.80)
    assert not told_apart(best, near) and told_apart(best, far)
    assert [r.number for r in tied([best, near, far])] == [0, 1]
    assert tied([]) == []


def test_the_front_has_what_none_beats_in_both():
    found = [row(0, 0.95, 9), row(1, 0.94, 5), row(2, 0.90, 6), row(3, 0.80, 1), row(4, 0.95, 20)]
    assert [r.number for r in pareto(found)] == [3, 1, 0]


def test_what_a_short_search_would_have_chosen():
    fast = row(0, 0.7, by_epoch={1: 0.6, 2: 0.7, 9: 0.7})
    slow = row(1, 0.9, by_epoch={1: 0.1, 2: 0.2, 9: 0.9})
    assert short_search([slow, fast], 2) is fast and short_search([slow, fast], 9) is slow
