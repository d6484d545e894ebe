from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.draw import known_model_figures
from chainrule.draw.model_figures import MODEL_FIGURES, ModelFigure
from chainrule.experiment import Outcome, report_on
from chainrule.experiment import inside as module
from chainrule.experiment.inside import inside
from chainrule.layers import Signature
from chainrule.training import Run


def titles(model, train=None, test=None):
    return [panel.title for panel in inside(model, train, test)]


@pytest.fixture
def digits():
    train, test = cr.data.digits()
    return train[:300], test[:50]


@pytest.fixture
def convnet(monkeypatch):
    known_model_figures()
    for name in module.ATTRIBUTIONS:  # which take their time
        monkeypatch.delitem(MODEL_FIGURES, name, raising=False)
    model = cr.models.convnet((8, 8, 1), 10, filters=(4, 6)).init(0)
    model.signature = Signature((8, 8, 1), tuple(map(str, range(10))))
    return model


WEIGHTS = ["Architecture", "Filters", "Kinds of filters", "Fully connected layer", "Parameters"]


def test_what_there_is_of_a_convnet(convnet, digits):
    both = ["Feature maps", "Nearest training images"]
    found = titles(convnet, *digits)
    assert sorted(found) == sorted(WEIGHTS + both)
    assert [title for title in found if title not in both] == WEIGHTS


def test_without_data_there_are_the_weights(convnet):
    assert titles(convnet) == WEIGHTS


def test_a_linear_model_has_templates(digits):
    model = cr.models.mlp((8, 8, 1), (), 10).init(0)
    assert "Templates" in titles(model, *digits) and "Filters" not in titles(model, *digits)


def test_the_same_again(convnet, digits):
    assert inside(convnet, *digits) == inside(convnet, *digits)


def test_of_a_large_model_only_what_its_weights_tell(convnet, digits, monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 1.0)
    assert titles(convnet, *digits) == WEIGHTS
    monkeypatch.undo()
    monkeypatch.setattr(module, "OPERATIONS", 1.0)
    (nearest,) = [p for p in inside(convnet, *digits) if p.title.startswith("Nearest")]
    assert f"nearest of {module.FEWEST} training images" in nearest.told


def test_weights_that_are_no_numbers_have_no_panels(convnet, digits):
    convnet.layers[1].weight.value[0] = np.nan
    assert inside(convnet, *digits) == []


def test_a_heat_map_is_taken_by_name_where_there_is_one(convnet, digits, monkeypatch):
    def paint(subject, figure):
        figure.text(0.5, 0.5, f"looked at {subject.image.shape}")

    monkeypatch.setitem(MODEL_FIGURES, "grad-cam", ModelFigure("where", paint, ("image",), (4, 2)))
    (panel,) = [p for p in inside(convnet, *digits) if p.title == "Where it looks"]
    assert "looked at (8, 8, 1)" in panel.body and "<svg" in panel.body
    assert "Where it looks" not in titles(convnet)


def test_the_report_has_it_and_stays_small(outcome: Outcome) -> None:
    html = outcome.run.report.read_text("utf-8")
    section = html[html.index("Inside the model") : html.index("<h2>Record")]
    assert len(section) < 400_000
    assert {"Architecture", "Parameters"} <= {*re.findall("<h3>(.*?)</h3>", section)}
    assert not re.search(r"(src|href)=\"(?!data:)", section)


def test_an_unfinished_run_shows_its_weights_and_a_damaged_model_nothing(
    outcome: Outcome, tmp_path: Path
) -> None:
    run = Run(shutil.copytree(outcome.run.folder, tmp_path / "short"))
    run.metrics.unlink()
    html = report_on(run).read_text("utf-8")
    assert (
        "Inside the model" in html and "<h3>Parameters" in html and "Nearest training" not in html
    )
    run.model.write_bytes(run.model.read_bytes()[:500])
    assert "Inside the model" not in report_on(run).read_text("utf-8")
    run.model.unlink()
    assert "Inside the model" not in report_on(run).read_text("utf-8")


def test_names_are_escaped(digits, tmp_path: Path):
    train, test = (cr.Dataset(d.images, d.labels, ("<b>", *map(str, range(1, 10)))) for d in digits)
    model = cr.models.mlp((8, 8, 1), (), 10).init(0)
    model.signature = Signature((8, 8, 1), train.classes)
    assert not any("<b>&lt;b" in p.body or "><b></" in p.body for p in inside(model, train, test))
    assert any("&lt;b&gt;" in p.body for p in inside(model, train, test))
