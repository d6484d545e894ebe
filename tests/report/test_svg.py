from __future__ import annotations

import xml.etree.ElementTree as ET

from chainrule.report.svg import INK, draw


def paint(figure):
    axes = figure.add_subplot()
    axes.plot([0, 1], [0.00001, 0.00002], color=INK)
    axes.set_title("a < $b$ 0.12345")


def test_a_drawing_is_one_element_without_links():
    svg = draw(paint, (3, 2), 'two "points" & a line')
    root = ET.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("aria-label") == 'two "points" & a line'
    assert root.get("viewBox") == "0 0 216 144"
    assert "http" not in svg
    assert "metadata" not in svg


def test_colors_and_font_are_the_pages_and_text_stays_text():
    svg = draw(paint, (3, 2), "a")
    assert "stroke: var(--ink)" in svg
    assert "var(--font)" in svg
    assert "#010101" not in svg
    assert "DejaVu" not in svg
    assert "a &lt; $b$ 0.12345" in svg


def test_equal_drawings_are_equal_and_others_share_no_identifiers():
    first, other = draw(paint, (3, 2), "a"), draw(paint, (3, 2), "b")
    assert first == draw(paint, (3, 2), "a")
    ids = [{e.get("id") for e in ET.fromstring(svg).iter()} - {None} for svg in (first, other)]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_global_settings_of_matplotlib_are_left_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    draw(paint, (3, 2), "a")
    assert dict(matplotlib.rcParams) == before
