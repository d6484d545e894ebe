from __future__ import annotations

import csv
import json

import pytest

from chainrule.errors import ChainruleWarning, InputError
from chainrule.files import WriteFailed
from chainrule.training.logs import RowFiles

ROWS = [{"step": s, "epoch": 0, "name": "a,b", "ratio": None if s == 2 else s / 4} for s in (1, 2)]


def read(path):
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_rows_are_appended_under_one_header(tmp_path, form):
    files = RowFiles(tmp_path / "logs", form)
    files.open(0)
    for row in ROWS:
        files.write("gradients", [row])
    files.write("nothing", [])
    files.close()
    assert [path.name for path in (tmp_path / "logs").iterdir()] == [f"gradients.{form}"]
    rows = read(tmp_path / "logs" / f"gradients.{form}")
    if form == "jsonl":
        assert rows == ROWS
    else:
        assert rows[0] == {"step": "1", "epoch": "0", "name": "a,b", "ratio": "0.25"}
        assert rows[1]["ratio"] == ""


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_resume_takes_back_the_steps_after_it(tmp_path, form):
    files = RowFiles(tmp_path, form)
    files.open(0)
    files.write("steps", [{"step": s, "loss": s / 8} for s in range(1, 9)])
    before = (tmp_path / f"steps.{form}").read_text()
    with (tmp_path / f"steps.{form}").open("a") as file:
        file.write("9,0." if form == "csv" else '{"step": 9, "lo')  # ended in the middle
    files.open(5)
    assert [int(row["step"]) for row in read(tmp_path / f"steps.{form}")] == [1, 2, 3, 4, 5]
    files.write("steps", [{"step": s, "loss": s / 8} for s in range(6, 9)])
    assert (tmp_path / f"steps.{form}").read_text() == before


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("damage", ["\x00\n", "\n", "a,b\n", "[]\n", "nan\n", "{}\n"])
def test_damaged_lines_are_dropped(tmp_path, form, damage):
    files = RowFiles(tmp_path, form)
    files.open(0)
    files.write("steps", [{"step": 1, "loss": 2.0}])
    before = (tmp_path / f"steps.{form}").read_text()
    with (tmp_path / f"steps.{form}").open("a") as file:
        file.write(damage)
    files.open(9)
    assert (tmp_path / f"steps.{form}").read_text() == before


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write .*file/logs: Not a directory"):
        RowFiles(tmp_path / "file" / "logs").open(0)
    (tmp_path / "steps.csv").mkdir()
    with pytest.warns(ChainruleWarning, match=r"cannot write .*steps\.csv: Is a directory"):
        RowFiles(tmp_path).write("steps", [{"step": 1}])


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_rows_that_could_not_be_written_go_before_the_next_ones(tmp_path, form, monkeypatch):
    plain, files = RowFiles(tmp_path / "plain", form), RowFiles(tmp_path / "full", form)
    for each in (plain, files):
        each.open(0)
    for step in range(8):
        rows = [{"step": step, "loss": step / 2}]
        plain.write("steps", rows)
        if step in (0, 3, 4, 7):
            with monkeypatch.context() as full, pytest.warns(ChainruleWarning, match="No space"):
                full.setattr("chainrule.training.logs.files.append", no_space)
                files.write("steps", rows)
        else:
            files.write("steps", rows)
    files.close()
    written = [(tmp_path / name / f"steps.{form}").read_text() for name in ("plain", "full")]
    assert written[0] == written[1]


def no_space(path, text):
    raise WriteFailed(f"cannot write {path}: No space left on device")


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(InputError, match="form: expected 'csv' or 'jsonl', received 'xml'"):
        RowFiles(tmp_path, "xml")
