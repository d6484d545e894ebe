from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from chainrule.report.figures import (
    accuracy_curves,
    column,
    confusion_figure,
    learning_rate_curve,
    loss_curves,
)


def label(svg):
    return ET.fromstring(svg).get("aria-label")


def texts(svg):
    return ["".join(e.itertext()).strip() for e in ET.fromstring(svg).iter() if e.tag == "text"]


def test_curves_say_where_they_start_and_end(history):
    rows = history()
    told = label(loss_curves(rows))
    assert told == "Loss by epoch. Training from 2 to 0.5; validation from 3 to 0.75."
    told = label(accuracy_curves(rows))
    assert "Training from 50.0% to 87.5%; validation from 40.0% to 85.0%" in told
    assert label(learning_rate_curve(rows)) == "Learning rate by epoch. From 0.1 to 0.025."


def test_both_curves_are_drawn_in_their_own_color(history):
    svg = loss_curves(history())
    assert "var(--train)" in svg
    assert "var(--validation)" in svg
    without = [{k: v for k, v in row.items() if "validation" not in k} for row in history()]
    assert "var(--validation)" not in loss_curves(without)


@pytest.mark.parametrize("epochs", [1, 2, 31, 400])
def test_any_number_of_epochs(epochs, history):
    svg = loss_curves(history(epochs))
    assert len(svg) < 60_000
    if epochs == 1:
        assert "1" in texts(svg)


def test_a_wide_range_is_drawn_on_a_logarithmic_axis():
    rows = [{"epoch": e, "loss": 10.0**-e, "lr": 0.0} for e in range(1, 4)]
    assert {"0.01", "0.1"} <= set(texts(loss_curves(rows)))
    assert "From 0 to 0" in label(learning_rate_curve(rows))


def test_cells_of_a_csv_and_losses_that_blew_up_leave_gaps():
    rows = [{"loss": "0.5"}, {"loss": ""}, {"loss": float("inf")}, {"loss": None}, {"loss": "2"}]
    assert column(rows, "loss").tolist()[::4] == [0.5, 2]
    assert np.isnan(column(rows, "loss")[1:4]).all()
    assert "Training from 0.5 to 2." in label(loss_curves(rows))
    assert loss_curves(rows[1:4]) is None
    assert loss_curves([]) is None


def shaded(svg):
    """The RGBA cells of a confusion matrix, from the image inside its drawing."""
    data = re.search(r"data:image/png;base64,([^\"]+)", svg)[1]
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))


def test_confusion_cells_are_shaded_by_their_share_of_the_row():
    svg = confusion_figure(np.array([[50, 50], [0, 4]]), ("a", "b"))
    cells = shaded(svg)
    assert cells.shape == (2, 2, 4)
    assert cells[..., 3].tolist() == [[128, 180], [0, 255]]  # wrong ones by the root: 0.5 ** 0.5
    assert cells[0, 1, 0] > cells[0, 1, 2]  # red
    assert cells[0, 0, 2] > cells[0, 0, 0]  # blue
    assert label(svg) == "Confusion matrix of 2 classes: 54 of 104 on the diagonal."
    assert texts(svg).count("50") == 2
    assert "0" not in texts(svg)


@pytest.mark.parametrize("k", [1, 2, 13, 31, 100])
def test_every_class_is_named_on_both_axes(k):
    names = tuple(f"kind {i}" for i in range(k))
    svg = confusion_figure(np.eye(k, dtype=np.int64), names)
    assert all(texts(svg).count(name) == 2 for name in names)
    assert len(svg) < 100_000


def test_too_many_classes_are_not_drawn():
    assert confusion_figure(np.eye(201, dtype=np.int64), [str(i) for i in range(201)]) is None


def test_a_curve_at_100_percent_is_drawn_whole():
    rows = [{"epoch": e, "accuracy": 1.0, "validation_accuracy": 0.999} for e in range(1, 6)]
    svg = ET.fromstring(accuracy_curves(rows))
    clips = {c.get("id"): c for c in svg.iter() if c.tag.endswith("clipPath")}
    rect = next(iter(clips.values()))[0]
    top = float(rect.get("y"))
    lines = [
        e
        for e in svg.iter()
        if e.tag.endswith("path") and "stroke: var(--train)" in (e.get("style") or "")
    ]
    ys = [
        float(y)
        for e in lines
        if e.get("clip-path")
        for _, y in re.findall(r"[ML] ([\d.]+) ([\d.]+)", e.get("d"))
    ]
    assert ys and min(ys) - 2 > top  # half of the line's width, and more
