from __future__ import annotations

import xml.etree.ElementTree as ET

from chainrule.draw.circuit import render

SVG = "{http://www.w3.org/2000/svg}"


def test_both_circuits_stand_one_above_the_other():
    root = ET.fromstring(render("svg"))
    groups = root.findall(f"{SVG}g")
    parts = [group.find(f"{SVG}svg") for group in groups]
    tops = [float(group.get("transform").split()[1].rstrip(")")) for group in groups]
    heights = [float(part.get("height")) for part in parts]
    assert tops[0] == 0
    assert tops[1] > heights[0]
    assert float(root.get("height")) == tops[1] + heights[1]
    assert float(root.get("width")) == max(float(part.get("width")) for part in parts)


def test_values_and_gradients_are_those_worked_by_hand():
    texts = {"".join(text.itertext()) for text in ET.fromstring(render("svg")).iter(f"{SVG}text")}
    assert {"−12", "−4", "3"} <= texts  # f, df/dx, df/dz
    assert {"0.731", "−0.197", "0.393"} <= texts  # σ, df/dw0, df/dx0
