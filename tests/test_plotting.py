from __future__ import annotations

import subprocess
import sys

import pytest

import chainrule as cr
from chainrule.training import History

TRAIN, TEST = cr.data.digits()


def test_charts_are_figures_that_a_notebook_shows(tmp_path):
    trainer = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10))
    history = trainer.fit(TRAIN, TEST, epochs=2)
    for chart in (history.plot(), TRAIN.show(5), trainer.lr_find(TRAIN, steps=5).plot()):
        assert chart._repr_png_().startswith(b"\x89PNG")
        chart.savefig(tmp_path / "chart.svg")
    titles = [axes.get_title() for axes in history.plot().axes]
    assert titles == ["loss", "accuracy"]
    assert len(history.plot().axes[0].lines) == 2
    assert [axes.get_title() for axes in TRAIN.show(5).axes] == [
        TRAIN.classes[k] for k in TRAIN.labels[:5]
    ]


def test_a_history_without_validation_has_one_line():
    history = cr.Trainer(cr.models.mlp((8, 8, 1), (8,), 10)).fit(TRAIN, epochs=1)
    assert [len(axes.lines) for axes in history.plot().axes] == [1, 1]
    assert repr(history).startswith("History(1 epoch: loss ")


def test_there_is_nothing_to_plot_yet():
    assert repr(History()) == "History(no epoch yet)"
    with pytest.raises(cr.InputError, match="nothing to plot"):
        History().plot()
    with pytest.raises(cr.InputError, match="count: expected"):
        TRAIN.show(0)
    with pytest.raises(cr.InputError, match="nothing to show"):
        TRAIN[:0].show()


def test_names_are_shown_as_they_are():
    names = ("$x_1^", "a\nb", "a name of many letters")
    images = TRAIN.images[:3].repeat(3, axis=3)
    chart = cr.data.Dataset(images, [0, 1, 2], names).show()
    assert chart._repr_png_()
    assert [axes.get_title() for axes in chart.axes] == ["$x_1^", r"a\nb", "a name of many …"]


def test_matplotlib_is_imported_when_something_is_drawn():
    code = "import sys, chainrule as cr; cr.data.digits(); cr.Trainer; cr.predict; cr.lr_find"
    code += "; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
