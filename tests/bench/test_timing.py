from __future__ import annotations

import functools
import itertools
import os

import pytest

from chainrule.bench.timing import Setup, in_subprocess, time_in_turns, workers

from . import programs


def test_frameworks_take_turns(tmp_path):
    log = tmp_path / "log"
    setups = {name: Setup(functools.partial(programs.diary, name, log)) for name in "AB"}
    with workers(setups) as pool:
        assert time_in_turns(pool, "step", seconds=1, steps=4).keys() == {"A", "B"}
        times = time_in_turns(pool, "predict", seconds=1, steps=4)
    assert [len(t) for t in times.values()] == [4, 4]
    steps = [line.split()[0] for line in log.read_text().splitlines() if line.endswith("step")]
    turns = [name for name, _ in itertools.groupby(steps)]
    assert turns[:4] == ["A", "B", "A", "B"]
    # the first of each turn do not count
    assert steps.count("A") > 4 and steps.count("B") > 4


def test_without_a_number_of_steps_seconds_count(tmp_path):
    setups = {"A": Setup(functools.partial(programs.diary, "A", tmp_path / "log"))}
    with workers(setups) as pool:
        times = time_in_turns(pool, "step", seconds=0.05)["A"]
    assert sum(times) >= 0.05
    assert len(times) >= 3


def test_who_cannot_start_or_dies_is_left_out_with_the_reason(tmp_path):
    setups = {
        "good": Setup(functools.partial(programs.diary, "good", tmp_path / "log")),
        "broken": Setup(programs.broken),
        "dying": Setup(programs.dying),
        "absent": Setup(programs.broken, ["no_such_package"]),
    }
    with workers(setups) as pool:
        assert set(time_in_turns(pool, "step", seconds=1, steps=2)) == {"good"}
        reasons = {name: worker.failure for name, worker in pool.items()}
    assert reasons["good"] is None
    assert reasons["broken"] == "RuntimeError: no such thing"
    assert reasons["dying"] == "its process ended"
    assert "no_such_package" in reasons["absent"]


def test_a_verb_that_fails_ends_the_race_of_that_one(tmp_path):
    setups = {"A": Setup(functools.partial(programs.diary, "A", tmp_path / "log"))}
    with workers(setups) as pool:
        assert time_in_turns(pool, "fly", seconds=1, steps=2) == {}
        assert pool["A"].failure == "KeyError: 'fly'"


def test_a_first_verb_warms_it_up_and_is_timed(tmp_path):
    log = tmp_path / "log"
    setups = {"A": Setup(functools.partial(programs.diary, "A", log), first="step")}
    with workers(setups) as pool:
        assert pool["A"].ready["first_step_s"] > 0
        assert pool["A"].ready["import_s"] >= 0
        assert log.read_text().count("A step") >= 2


def test_a_contestant_sees_its_environment_and_its_cores(tmp_path):
    file = tmp_path / "seen"
    setup = Setup(functools.partial(programs.environment, file), environment={"OWN": "own"})
    before = dict(os.environ)
    with workers({"A": setup.within({"NUMBA_CACHE_DIR": "here"})}, 1):
        seen = file.read_text().split()
    assert seen[:2] == ["here", "own"]
    assert seen[2] in ("1", "0")
    assert dict(os.environ) == before


def test_processes_end_with_the_block(tmp_path):
    setups = {"A": Setup(functools.partial(programs.diary, "A", tmp_path / "log"))}
    with pytest.raises(ZeroDivisionError), workers(setups) as pool:
        _ = 1 / 0
    assert not pool["A"].process.is_alive()


def test_in_subprocess_is_another_process():
    assert in_subprocess(os.getpid) != os.getpid()
