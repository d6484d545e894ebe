from __future__ import annotations

from chainrule.play.gates import evaluate


def test_every_node_has_its_shapes():
    answer = evaluate("max(x, 0) * x + w0", {"x": 3, "w0": 1})
    drawing, nodes = answer["drawing"], answer["nodes"]
    everyone = set(range(len(nodes)))
    assert {one["node"] for one in drawing["values"]} == everyone
    assert {one["node"] for one in drawing["wires"]} == everyone
    assert [nodes[one["node"]]["kind"] for one in drawing["gates"]] == ["gate"] * 3
    named = {one["text"]: one["subscript"] for one in drawing["names"]}
    assert named == {"x": "", "0": "", "w0": "0", "f": ""}
    assert all(0 <= one["x"] <= drawing["width"] for one in drawing["values"])
    assert all(0 <= one["y"] <= drawing["height"] for one in drawing["values"])


def test_what_several_uses_send_back_has_a_place_at_each_gate():
    answer = evaluate("x*y + x", {"x": 3, "y": -4})
    names = [node["name"] for node in answer["nodes"]]
    parts = {(names[one["node"]], one["port"]) for one in answer["drawing"]["parts"]}
    assert parts == {("g1", 0), ("f", 1)}


def test_places_stay_while_a_number_changes():
    one, other = (evaluate("x*y + x", {"x": x, "y": 2})["drawing"] for x in (3, -1.2345))
    assert one == other
