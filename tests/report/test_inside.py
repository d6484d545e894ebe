from __future__ import annotations

import base64
import io
import xml.etree.ElementTree as ET

import numpy as np
from PIL import Image

from chainrule import report
from chainrule.markup import Markup
from chainrule.report import inside


def test_panels_stand_before_the_record(arguments):
    panel = inside.Panel("Filters", "of <one> layer", Markup("<p>shown</p>"))
    html = report.write(**arguments, inside=[panel]).read_text("utf-8")
    place = html.index("Inside the model")
    assert html.index("<h2>Classes") < place < html.index("<h2>Record")
    assert "<h3>Filters</h3><p>of &lt;one&gt; layer</p><p>shown</p>" in html
    assert "Inside the model" not in report.write(**arguments).read_text("utf-8")


def test_a_strip_is_its_picture_as_wide_as_it_says():
    picture = np.zeros((3, 6, 4), np.uint8)
    picture[1, 2] = (1, 2, 3, 255)
    html = inside.strip("<a>", "note", picture, 0.5)
    assert 'width="96"' in html and "&lt;a&gt;" in html
    data = html.split("base64,")[1].split('"')[0]
    shown = np.array(Image.open(io.BytesIO(base64.b64decode(data))))
    np.testing.assert_array_equal(shown, picture)


def test_a_histogram_is_a_line_of_steps_with_its_ends_and_0():
    html = inside.histogram("w", "3x2", np.array([1, 4, 0]), np.array([-1.0, 0, 1, 2]))
    drawing = ET.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
    outline, zero = drawing
    assert outline.attrib["d"] == "M0 40V30.0H33.3V0.0H66.7V40.0H100.0V40Z"
    assert zero.attrib["d"] == "M33.3 0V40"
    assert "<span>-1</span><span>2</span>" in html
    assert "zero" not in inside.histogram("w", "", np.array([1]), np.array([1.0, 2.0]))
    assert "M0 40V40.0" in inside.histogram("w", "", np.array([0]), np.array([1.0, 2.0]))


def test_cards_are_green_red_or_neither():
    image = np.zeros((4, 4, 1), np.uint8)
    kinds = [inside.card(image, "cat", "0.1", right) for right in (True, False, None)]
    assert ['class="image right"' in k for k in kinds] == [True, False, False]
    assert ['class="image wrong"' in k for k in kinds] == [False, True, False]
    assert 'class="image"' in kinds[2]


def test_boxes_are_items_of_a_list():
    html = inside.net([inside.box("Conv2d", "8×8×4", ["3x3", "ReLU"])])
    assert html.startswith('<ol class="net"><li><b>Conv2d</b><span>8×8×4</span><small>3x3</small>')
    assert "<figcaption>cat</figcaption>" in inside.heat("cat", np.zeros((5, 3), np.uint8))
