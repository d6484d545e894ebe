"""Results as HTML, and no result whose line breaks a prompt shows as \\n."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import chainrule as cr
from chainrule import notebook
from chainrule.circuit import inputs
from chainrule.markup import Markup
from chainrule.notation import Lines, Text
from chainrule.training import History, lr_range_test

VOID = ("img", "br")


class Balanced(HTMLParser):
    """Raises unless every element that is opened is closed, in order; gathers what is read."""

    def __init__(self, html):
        super().__init__()
        self.open, self.text, self.tags = [], [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def results():
    train, test = cr.data.digits()
    model = cr.models.mlp((8, 8, 1), (8,), 10, norm="batch")
    trainer = cr.Trainer(model)
    history = trainer.fit(train, test, epochs=2)
    x, y = inputs(x=3, y=4)
    circuit = (x * y).circuit()
    return {
        "model": model,
        "layer": cr.layers.Linear(3, 2),
        "data": train,
        "history": history,
        "no history": History(),
        "evaluation": trainer.evaluate(test),
        "confusion": trainer.evaluate(test).answers,
        "parameter": model.layers[2].weight,
        "check": cr.gradcheck(model, train.images[:4], train.labels[:4]),
        "explanation": cr.explain(cr.layers.ReLU()),
        "examination": cr.doctor.examine(model, train, test, only=["overlap"]),
        "range": lr_range_test(trainer, train, steps=5),
        "cost": cr.cost.cost(model, 32),
        "timing": cr.cost.probe(model, cr.optim.SGD(0.1), batch_size=10),
        "audit": cr.data.audit.audit([train, train.take([0], "test")]),
        "circuit check": circuit.check(),
        "settings": cr.config.to_toml(cr.config.resolve()),
        "rates": trainer.optimizer.table(trainer.parameters),
        "csv": history.to_csv(),
        "drawing": circuit.svg(),
        "schedule": cr.schedules.preview(cr.schedules.Cosine(0.1, 10), 10),
    }


NAMES = (
    *("model", "layer", "data", "history", "no history", "evaluation", "check", "explanation"),
    *("examination", "range", "cost", "timing", "audit", "circuit check", "settings", "rates"),
    *("confusion", "csv", "drawing", "schedule"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_result_is_whole_html_without_escaped_line_breaks(results, name):
    page = Balanced(results[name]._repr_html_())
    assert not any(r"\n" in text for text in page.text)
    assert "script" not in page.tags


@pytest.mark.parametrize("name", NAMES)
def test_the_colors_are_those_of_the_page_or_of_a_verdict(results, name):
    """Black on black is what a table with a color of its own becomes in the dark theme."""
    html = results[name]._repr_html_()
    colors = set(re.findall(r"[;\"]color:([^;\"]+)", html))
    assert colors <= {"inherit", *notebook.COLORS.values()}
    assert set(re.findall(r"background:([^;\"]+)", html)) <= {"none"}


@pytest.mark.parametrize("name", [*NAMES, "parameter"])
def test_a_result_has_a_repr_for_people(results, name):
    shown = repr(results[name])
    assert r"\n" not in shown and " object at 0x" not in shown and "array(" not in shown


def test_what_is_shown(results):
    said = {name: "\n".join(Balanced(results[name]._repr_html_()).text) for name in NAMES}
    assert "Sequential: 626 parameters, for images of 8x8x1, 10 classes" in said["model"]
    assert "weight 64x8, bias 8" in said["model"]
    assert "2 epochs" in said["history"] and "validation accuracy" in said["history"]
    assert "1,438 images" in said["data"] and "relative error" in said["check"]
    assert "overlap" in said["examination"] and "exact-duplicates-across" in said["audit"]
    assert results["data"]._repr_html_().count("<img") == 10 * 6


def test_names_are_escaped():
    data = cr.data.Dataset(
        np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]), ("<b>", "\u202ecat"), paths=('"', ">")
    )
    html = data._repr_html_()
    assert "&lt;b&gt;" in html and "\u202e" not in html
    Balanced(html)
    assert notebook.html("<i>", "a\n<b>", [["<h>"], ["<c>"]]).count("&lt;") == 4
    assert "<i>" in notebook.html("", [["h"], [Markup("<i></i>")]])


def test_numbers_are_flush_right_and_long_tables_are_cut():
    html = notebook.html("", [["n", "word"], *([f"{i}e-08", f"w{i}"] for i in range(100))])
    first = re.findall(r"<td style=\"text-align:(\w+)", html)[:2]
    assert first == ["right", "left"]
    assert "… 40 more" in html and "w0<" in html and "w99<" in html and "w50<" not in html


def test_a_model_of_models_shows_what_holds_parameters():
    class Scale(cr.layers.Layer):
        def __init__(self):
            self.inner = cr.layers.ReLU()
            self.scale = cr.layers.Parameter((2,), cr.initializers.ones)

        def forward(self, x):
            return x, None

        def backward(self, dy, cache):
            return dy

    model = cr.layers.Sequential(cr.layers.Residual(cr.layers.Linear(2, 2)), Scale())
    text = Balanced(model._repr_html_()).text
    assert "layers.0.body" in text and "layers.1" in text and "scale 2" in text
    assert "layers.1.inner" in text and "layers.0" not in text and "8 parameters" in " ".join(text)


def test_lines_are_text_that_is_shown_as_it_is(monkeypatch):
    assert repr(Lines("a\nb")) == "a\nb" and Lines("a") == "a"
    assert str(Lines("σ")) == "σ" and isinstance(Text("x"), Lines)


def test_a_drawing_shows_itself(tmp_path):
    drawn = cr.draw.draw("circuit", tmp_path / "gates.svg")
    assert drawn == tmp_path / "gates.svg"
    assert drawn._repr_html_().startswith('<img src="data:image/svg+xml;base64,')
    assert drawn.parent._repr_html_() is None
