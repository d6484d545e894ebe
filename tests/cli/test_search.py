from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from chainrule.cli import main

from .conftest import Cli

TEXT = """
data = "digits"
epochs = 1
max_train_images = 200
[search]
sampler = "random"
trials = 2
[search.space]
"optimizer.lr" = {log = [1e-3, 1e-1]}
"model.hidden" = [[8]]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "s.toml"
    place.write_text(TEXT)
    return place


def test_a_search_says_what_it_found(cli: Cli, file: Path) -> None:
    said = cli("search", str(file))
    assert said.code == 0 and "Best: trial" in said.out
    assert Path("searches/s/search.html").is_file()
    again = json.loads(cli("search", str(file), "--trials", "3", "--json").out)
    assert len(again["trials"]) == 3


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["--trials", "0"], "--trials: expected"),
        (["--processes", "0"], "--processes: expected"),
        (["--name", "a/b"], "--name: expected the name of a folder"),
        (["--set", "optimizer.lrr=1"], "lrr"),
    ],
)
def test_what_cannot_be_is_one_line(cli: Cli, file: Path, given: list[str], problem: str) -> None:
    said = cli("search", str(file), *given)
    assert said.code == 2 and problem in said.err and said.err.count("\n") == 1
    assert not Path("searches").exists()


def test_its_status_is_read_by_host_and_nothing_is_trained(cli: Cli, file: Path) -> None:
    none = cli("search", str(file), "--status")
    assert none.code == 2 and "there is no study in searches/s/journal.log yet" in none.err
    assert not Path("searches").exists()
    cli("search", str(file))
    before = sorted((path, path.stat().st_mtime_ns) for path in Path("searches").rglob("*"))
    said = cli("search", str(file), "--status", "--trials", "3")
    host = socket.gethostname()
    assert "2 trials of 3" in said.out and f"{host}\t0\t0\t2\t0\t0" in said.out
    assert json.loads(cli("search", str(file), "--status", "--json").out)["hosts"] == [
        {"host": host, "running": 0, "stale": 0, "complete": 2, "pruned": 0, "fail": 0}
    ]
    assert before == sorted((path, path.stat().st_mtime_ns) for path in Path("searches").rglob("*"))


def test_a_trial_that_was_left_is_in_the_status(cli: Cli, file: Path) -> None:
    from chainrule.search import read_plan
    from chainrule.search.lease import Watch
    from chainrule.search.study import open_study
    from chainrule.search.taking import next_task

    opened = open_study(read_plan(file), Path("searches/s"), say=lambda line: None)
    task, _ = next_task(opened, Watch())
    assert task is not None
    task.trial.report(0.5, 1)
    said = cli("search", str(file), "--status")
    row = f"0000\trunning\t{socket.gethostname()}\t{os.getpid()}\t1\t"
    assert row in said.out and "1 trial still runs: 0000 on" in said.out
    long_ago = [opened.worker.key, 1, 0.0]
    opened.study._storage.set_trial_user_attr(task.trial._trial_id, "heartbeat", long_ago)
    said = cli("search", str(file), "--status")
    assert row.replace("running", "stale") in said.out and "on any host, to resume it." in said.out
    task.held.close()


def test_the_study_may_be_named_by_the_environment(
    cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAINRULE_STUDY", "shared.log")
    assert cli("search", str(file), "--trials", "1").code == 0
    assert Path("shared.log").is_file() and not Path("searches/s/journal.log").exists()
    monkeypatch.setenv("CHAINRULE_STUDY", "")
    assert cli("search", str(file), "--trials", "1", "--name", "t").code == 0
    assert Path("searches/t/journal.log").is_file()


def test_a_url_is_no_argument_of_the_processes_that_share_a_search(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refuses:
        def __init__(self, command: list[str], *, env: dict[str, str], **_: object) -> None:
            assert "secret" not in " ".join(command) and "--trials" in command
            assert env["CHAINRULE_STUDY"] == "postgresql://me:secret@host/db"

        def wait(self) -> int:
            return 2

    monkeypatch.setattr("subprocess.Popen", Refuses)
    given = ["--processes", "2", "--trials", "3", "--study", "postgresql://me:secret@host/db"]
    assert main(["search", str(file), *given]) == 2


def test_a_url_in_the_wrong_place_shows_no_password(cli: Cli, file: Path) -> None:
    said = cli("search", str(file), "postgresql://me:secret@host/db")
    assert said.code == 2 and "me:***@host" in said.err and "secret" not in said.err


def test_a_missing_file_is_one_line(cli: Cli, file: Path) -> None:
    said = cli("search", "none.toml")
    assert said.code == 2 and "none.toml" in said.err and said.err.count("\n") == 1


def test_two_processes_share_one_search(cli: Cli, file: Path) -> None:
    found = json.loads(cli("search", str(file), "--trials", "4", "--processes", "2", "--json").out)
    assert sorted(each["number"] for each in found["trials"]) == [0, 1, 2, 3]
    assert {each["state"] for each in found["trials"]} == {"complete"}
