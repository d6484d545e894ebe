from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from chainrule.report.curves import accuracy_curves, column, learning_rate_curve, loss_curves


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


def plot(svg):
    """What a page's script is given to read."""
    return json.loads(ET.fromstring(svg).get("data-plot"))


def test_a_script_is_given_the_values_and_where_they_lie(history):
    rows = history(3)
    rows[1]["validation_loss"] = ""
    given = plot(loss_curves(rows))
    assert (given["title"], given["percent"], given["log"]) == ("Loss", False, False)
    training, validation = given["series"]
    assert training["points"] == [[1, 2], [2, 1], [3, 0.666667]]
    assert validation["points"] == [[1, 3], [3, 1]]
    assert (validation["name"], validation["color"]) == ("validation", "var(--validation)")
    left, right, low, high = given["limits"]
    assert left < 1 and right > 3 and low <= 0 and high > 3
    x, y, width, height = given["box"]
    box = ET.fromstring(loss_curves(rows)).get("viewBox").split()[2:]
    assert 0 < x < x + width <= float(box[0]) and 0 < y < y + height <= float(box[1])
    assert plot(accuracy_curves(rows))["percent"]


def test_the_box_is_where_the_line_is_drawn(history):
    """The first point of the first curve, computed as the script does, and as drawn."""
    svg = loss_curves(history(40))
    given = plot(svg)
    (x, y), (left, top, width, height) = given["series"][0]["points"][0], given["box"]
    start, end, low, high = given["limits"]
    if given["log"]:
        y, low, high = np.log10([y, low, high])
    place = left + width * (x - start) / (end - start), top + height * (high - y) / (high - low)
    drawn = re.search(r'd="M ([\d.]+) ([\d.]+)[^"]*" clip-path="[^"]*" style="[^"]*--train', svg)
    assert [float(number) for number in drawn.groups()] == pytest.approx(place, abs=0.05)


def test_curves_of_another_run_are_dashed_and_named(history):
    svg = loss_curves(history(4), history(9), "first")
    assert [(s["name"], s["dashed"]) for s in plot(svg)["series"]] == [
        ("training", False),
        ("validation", False),
        ("training, first", True),
        ("validation, first", True),
    ]
    assert svg.count("stroke-dasharray") == 2
    names = [s["name"] for s in plot(learning_rate_curve(history(4), history(9), "x"))["series"]]
    assert names == ["", "x"]


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
