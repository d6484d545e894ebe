"""The record of a training, as rows, as CSV, and on the screen."""

from __future__ import annotations

import csv
import io

import pytest
from rich.console import Console

import chainrule as cr
from chainrule.training import Callback, History, Progress, Trainer
from chainrule.training import history as history_module
from chainrule.training.history import _line, _loss


@pytest.fixture(scope="module")
def digits():
    train, _ = cr.data.digits()
    return cr.data.split(train, 0.2)


def train(data, *callbacks, validation=True, epochs=2) -> Trainer:
    trainer = Trainer(cr.models.mlp((8, 8, 1), (8,), 10), callbacks=callbacks)
    trainer.fit(data[0], data[1] if validation else None, epochs=epochs, batch_size=64)
    return trainer


def test_the_csv_file_has_the_rows(digits, tmp_path):
    trainer = train(digits, History(tmp_path / "history.csv"))
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == [r["loss"] for r in trainer.history.rows]
    assert list(rows[0]) == [
        "epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "lr",
        "seconds", "images_per_second",
    ]  # fmt: skip


def test_without_validation_its_cells_are_empty(digits, tmp_path):
    train(digits, History(tmp_path / "h.csv"), validation=False)
    with (tmp_path / "h.csv").open(newline="") as file:
        assert {row["validation_loss"] for row in csv.DictReader(file)} == {""}


def test_seconds_go_on_over_a_resume(monkeypatch):
    moments = iter([7.0, 7.5])
    monkeypatch.setattr(history_module, "perf_counter", lambda: next(moments))
    history = History()
    history.load_state({"rows": [], "seconds": 100.0, "learning": 0.0})
    history.on_start(None)
    history.on_finish(None)
    assert history.seconds == 100.5


def test_every_row_has_a_speed_and_the_time_so_far(digits):
    rows = train(digits, epochs=3).history.rows
    assert all(row["images_per_second"] > 0 for row in rows)
    seconds = [row["seconds"] for row in rows]
    assert seconds == sorted(seconds) and seconds[0] > 0


def test_in_a_file_progress_is_one_plain_line_an_epoch(digits):
    out = io.StringIO()
    trainer = train(digits, Progress(Console(file=out, width=80)), epochs=3)
    lines = out.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[0].split()[:3] == ["epoch", "loss", "accuracy"]
    assert lines[3].split()[0] == "3/3"
    assert f"{trainer.history.rows[-1]['loss']:.4f}" in lines[3]
    assert "\x1b" not in out.getvalue()


def test_on_a_terminal_a_bar_lives_below_the_lines(digits):
    out = io.StringIO()
    train(digits, Progress(Console(file=out, force_terminal=True, width=120)), epochs=2)
    text = out.getvalue()
    assert "images/s" in text and "\x1b[?25l" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")  # the cursor is given back


def test_an_error_gives_the_cursor_back(digits):
    class Trouble(Callback):
        def on_step(self, trainer):
            raise RuntimeError("trouble")

    out = io.StringIO()
    with pytest.raises(RuntimeError):
        train(digits, Progress(Console(file=out, force_terminal=True)), Trouble())
    assert out.getvalue().rindex("\x1b[?25h") > out.getvalue().rindex("\x1b[?25l")


def test_numbers_of_any_size_stay_apart():
    cells = _line(
        ["1000/1000", _loss(174770.123), "100.00%", _loss(1e300), "–", "1,234,567", "86400.0"]
    )
    assert cells.split() == [
        "1000/1000",
        "1.748e+05",
        "100.00%",
        "1e+300",
        "–",
        "1,234,567",
        "86400.0",
    ]
    assert _loss(0.5) == "0.5000" and _loss(float("nan")) == "nan"
