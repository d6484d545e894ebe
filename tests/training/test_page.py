"""Progress in a notebook and in a terminal, and none where nobody looks."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from chainrule import Trainer, data, terminal
from chainrule.models import mlp
from chainrule.training import Callback, Progress
from chainrule.training.page import LINES, Page

IPython = pytest.importorskip("IPython")
pty = pytest.importorskip("pty")


class Output:
    """Stands in for what IPython displays to."""

    def __init__(self):
        self.shown = []

    def display(self, content, raw, display_id):
        assert raw and display_id
        self.shown.append(content)
        return SimpleNamespace(update=lambda content, raw: self.shown.append(content))


@pytest.fixture
def output(monkeypatch):
    out = Output()
    monkeypatch.setattr("IPython.display.display", out.display)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr("chainrule.training.history.REFRESH", 0)
    return out


def fit(epochs=2, callbacks=(), **options):
    train, test = data.digits()
    trainer = Trainer(mlp(64, (4,), 10), callbacks=callbacks)
    trainer.fit(train, test, epochs=epochs, **options)
    return trainer


def test_a_notebook_shows_a_bar_and_then_the_epochs(output):
    trainer = fit()
    assert trainer.callback(Progress) is None  # it was of that call alone
    bars = [shown["text/html"] for shown in output.shown if "<progress" in shown["text/html"]]
    assert len(bars) == trainer.step
    assert 'value="1.0000"' in bars[-1] and "epoch 2/2" in bars[-1] and " left" in bars[-1]
    last = output.shown[-1]
    assert "<progress" not in last["text/html"]
    assert [line.split()[0] for line in last["text/plain"].splitlines()] == ["epoch", "1/2", "2/2"]


def test_a_progress_that_was_given_is_the_only_one(output):
    fit(callbacks=[Progress()])
    assert sum("epoch" in shown["text/plain"].split() for shown in output.shown[:1]) == 1
    assert len(output.shown) == 1 + 24 + 2 + 1  # header, steps, epochs, end


def test_a_time_budget_knows_what_is_left(output):
    page = Page()
    page.add_task("", total=10, completed=0)
    page.update(None, completed=5, figures="loss 1", left="0:59")
    assert output.shown[-1]["text/plain"].endswith("50%  loss 1  0:59 left")


def test_no_progress_where_it_is_turned_off(output):
    fit(progress=False)
    assert not output.shown


def test_a_training_that_breaks_leaves_its_epochs(output):
    class Break(Callback):
        def on_epoch(self, trainer):
            if trainer.epoch == 2:
                raise KeyError

    with pytest.raises(KeyError):
        fit(callbacks=[Break()])
    assert "<progress" not in output.shown[-1]["text/html"]
    assert "1/2" in output.shown[-1]["text/plain"]


def test_of_many_epochs_the_last_stay(output):
    page = Page()
    for i in range(3 * LINES):
        page.print(f"line {i}")
    lines = output.shown[-1]["text/plain"].splitlines()
    assert lines == ["line 0", *(f"line {i}" for i in range(2 * LINES, 3 * LINES))]


def test_names_in_the_lines_are_escaped(output):
    Page().print("<b>")
    assert "&lt;b&gt;" in output.shown[0]["text/html"]


def test_a_terminals_ipython_is_no_notebook(monkeypatch):
    for shell in (None, SimpleNamespace()):
        monkeypatch.setattr(IPython, "get_ipython", lambda shell=shell: shell)
        assert not terminal.in_notebook()


CODE = """
from chainrule import Trainer, data
from chainrule.models import mlp
train, test = data.digits()
Trainer(mlp(64, (4,), 10)).fit(train, test, epochs=1{})
"""


@pytest.mark.parametrize(("option", "lines"), [("", 0), (", progress=True", 2)])
def test_in_a_pipe_it_is_silent_unless_asked(option, lines):
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(option)], capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) == lines and not done.stderr


@pytest.mark.parametrize(("option", "shown"), [("", True), (", progress=False", False)])
def test_in_a_terminal_it_shows_by_itself(option, shown):
    main, side = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", CODE.format(option)], stdout=side) as process:
        os.close(side)
        out = io.BytesIO()
        try:
            while part := os.read(main, 4096):
                out.write(part)
        except OSError:  # Linux's way to say that the other end is closed
            pass
        process.wait()
    os.close(main)
    assert process.returncode == 0
    assert (b"1/1" in out.getvalue()) is shown
