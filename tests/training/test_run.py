"""A run folder is made once and opened as what it is."""

from __future__ import annotations

import json

import pytest

from chainrule.errors import InputError
from chainrule.training import Run


def test_a_run_is_never_overwritten(tmp_path):
    run = Run.create(tmp_path / "runs" / "a")
    assert run.checkpoints.is_dir() and run.checkpoint is None
    run.config.write_text("")
    with pytest.raises(InputError, match="exists already: choose another --name"):
        Run.create(tmp_path / "runs" / "a")


def test_what_was_ended_before_it_was_a_run_can_be_made_again(tmp_path):
    run = Run.create(tmp_path / "a")
    run.note("started")
    (run.folder / ".config.toml.12ab.tmp").write_text("")
    assert Run.create(tmp_path / "a").log.exists()
    (run.folder / "thesis.txt").write_text("")
    with pytest.raises(InputError, match="exists already"):
        Run.create(tmp_path / "a")


def test_a_place_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot create .*file"):
        Run.create(tmp_path / "file" / "run")


def test_opening_asks_for_a_configuration(tmp_path):
    with pytest.raises(InputError, match="no such run"):
        Run.open(tmp_path / "none")
    with pytest.raises(InputError, match=r"not a run: it has no config\.toml"):
        Run.open(tmp_path)
    Run(tmp_path).config.write_text("")
    assert not Run.open(tmp_path).finished


def test_notes_are_lines_of_json(tmp_path):
    run = Run(tmp_path)
    run.note("started", seed=3)
    run.note("finished")
    lines = [json.loads(line) for line in run.log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["started", "finished"]
    assert lines[0]["seed"] == 3 and lines[0]["time"].endswith("+00:00")
