"""What each step makes known."""

from __future__ import annotations

from itertools import pairwise

import pytest

from chainrule.play.gates import EXAMPLES, evaluate


def known_after(answer, steps: int) -> dict[str, float]:
    """The gradients that are known after so many backward steps, by name."""
    names = [node["name"] for node in answer["nodes"]]
    done = answer["backward"][:steps]
    return {names[k["node"]]: k["gradient"] for step in done for k in step["known"]}


def test_a_product_of_a_sum_step_by_step():
    answer = evaluate("(x + y) * z", {"x": -2, "y": 5, "z": -4})
    names = [node["name"] for node in answer["nodes"]]
    assert [names[i] for i in answer["forward"]] == ["g1", "f"]
    assert [answer["nodes"][i]["numbers"] for i in answer["forward"]] == ["-2 + 5", "3 × (-4)"]
    assert [known_after(answer, i) for i in range(4)] == [
        {},
        {"f": 1},
        {"f": 1, "g1": -4, "z": 3},
        {"f": 1, "g1": -4, "z": 3, "x": -4, "y": -4},
    ]
    flows = answer["backward"][1]["flows"]
    assert [(one["local"], one["upstream"], one["downstream"]) for one in flows] == [
        (-4, 1, -4),
        (3, 1, 3),
    ]
    assert [one["check"]["verdict"] for one in flows] == ["ok", "ok"]
    assert flows[0]["check"]["numeric"] == pytest.approx(-4)


def test_two_uses_are_two_contributions_and_their_sum():
    answer = evaluate("x*y + x", {"x": 3, "y": -4})
    assert "x" not in known_after(answer, 2)
    x = next(one for one in answer["backward"][2]["known"] if one["node"] == 0)
    assert [part["value"] for part in x["parts"]] == [1, -4] and x["gradient"] == -3
    twice = evaluate("x * x", {"x": 3})
    assert [part["value"] for part in twice["backward"][1]["known"][0]["parts"]] == [3, 3]


@pytest.mark.parametrize("text", [text for _, text, _ in EXAMPLES])
def test_every_step_goes_on_from_what_is_known(text):
    answer = evaluate(text)
    values = {i for i, node in enumerate(answer["nodes"]) if node["kind"] != "gate"}
    for gate in answer["forward"]:
        assert set(answer["nodes"][gate]["inputs"]) <= values
        values.add(gate)
    gradients: dict[int, float] = {}
    for step in answer["backward"]:
        if step["node"] is not None:
            assert all(flow["upstream"] == gradients[step["node"]] for flow in step["flows"])
        for flow in step["flows"]:
            assert flow["downstream"] == flow["local"] * flow["upstream"]
        for one in step["known"]:
            assert one["node"] not in gradients
            gradients[one["node"]] = one["gradient"]
            assert one["gradient"] == sum(part["value"] for part in one["parts"])
    assert len(gradients) == len(answer["nodes"]) and answer["stopped"] is None


def test_an_output_that_is_an_input_has_no_gates():
    answer = evaluate("x", {"x": 2})
    assert answer["forward"] == [] and len(answer["backward"]) == 1
    assert known_after(answer, 1) == {"x": 1}


def test_backward_stops_where_there_is_no_finite_slope():
    text = "2 * (1 + sqrt(x - 2))"
    answer = evaluate(text, {"x": 2})
    assert len(answer["forward"]) == 4 and len(answer["backward"]) == 3
    stopped = answer["stopped"]
    assert "no finite slope" in stopped["sentence"]
    assert text[stopped["start"] : stopped["end"]] == "sqrt(x - 2)"
    assert answer["nodes"][stopped["node"]]["gate"] == "Sqrt"
    assert set(known_after(answer, 3)) == {"f", "g3", "g2"}
    assert answer["nodes"][0]["check"] is None
    assert answer["drawing"]["values"]


def test_a_kink_says_its_convention():
    answer = evaluate("max(x, y)", {"x": 3, "y": 3})
    assert "the first of the largest" in answer["nodes"][2]["kink"]
    assert [flow["check"]["verdict"] for flow in answer["backward"][1]["flows"]] == ["kink"] * 2


def test_a_difference_that_cannot_be_taken_says_why():
    answer = evaluate("log(x)", {"x": 1e-14})
    assert "cannot be nudged both ways" in answer["nodes"][0]["check"]["problem"]


def test_a_gradient_that_overflows_is_not_judged():
    answer = evaluate("x * 1e200 * 1e200", {"x": 0})
    assert answer["backward"][-1]["known"][0]["gradient"] == float("inf")
    assert answer["nodes"][0]["check"]["problem"]


def test_gates_know_their_formula_and_place():
    text = "max(a, 3 / b)"
    answer = evaluate(text, {"a": 1, "b": 2})
    gates = [node for node in answer["nodes"] if node["kind"] == "gate"]
    assert [text[slice(*node["place"])] for node in gates] == ["3 / b", "3 / b", text]
    assert gates[0]["formula"].startswith("f = 1 / x")
    assert all(a["place"] <= b["place"] or b["name"] == "f" for a, b in pairwise(gates))
