from __future__ import annotations

import json

import pytest

from chainrule.circuit import expression
from chainrule.play import gates
from chainrule.play.gates import EXAMPLES, MOST_CHARACTERS, evaluate


def problem(text: object, values: object = None) -> tuple[str, str | None]:
    """The sentence of the error, and what of the text it points at."""
    answer = evaluate(text, values)
    error = answer["error"]
    place = None if error["start"] is None else str(text)[error["start"] : error["end"]]
    assert "\n" not in error["sentence"] and "drawing" not in answer
    return error["sentence"], place


@pytest.mark.parametrize(("name", "text", "values"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_numbers_are_those_of_the_circuit(name, text, values):
    answer = evaluate(text, values)
    f = expression(text, **values)
    f.backward()
    circuit = f.circuit()
    known = {one["node"]: one["gradient"] for step in answer["backward"] for one in step["known"]}
    assert [node["value"] for node in answer["nodes"]] == [node.value for node in circuit.nodes]
    assert [known[i] for i in range(len(circuit.nodes))] == pytest.approx(
        [node.grad for node in circuit.nodes], rel=1e-12
    )
    assert {one["name"]: one["value"] for one in answer["inputs"]} == values
    assert {node["check"]["verdict"] for node in answer["nodes"]} == {"ok"}
    json.dumps(answer, allow_nan=False)


def test_examples_are_offered_with_numbers():
    assert [one["expression"] for one in gates.examples()] == [text for _, text, _ in EXAMPLES]


def test_inputs_without_a_number_get_one_and_the_given_keep_theirs():
    answer = evaluate("x + y * w", {"y": 7, "other": 3})
    values = {one["name"]: one["value"] for one in answer["inputs"]}
    assert values["y"] == 7 and set(values) == {"x", "y", "w"}
    assert len(set(values.values())) == 3


@pytest.mark.parametrize(
    ("text", "sentence", "place"),
    [
        ("", "expected an expression", ""),
        ("   ", "expected an expression", "   "),
        ("x +", "not an expression", ""),
        ("(x + y", "'(' was never closed", "("),
        ("2x", "an operator is missing", "2"),
        ("x ^ 2", "a power is written x**2", "x ^ 2"),
        ("__import__('os').system('true')", "expected numbers, inputs", None),
        ("().__class__.__bases__[0]", "expected numbers, inputs", None),
        ("exec(x)", "exec: no such function", "exec"),
        ("lambda: x", "expected numbers, inputs", "lambda: x"),
        ("x if x else x", "expected numbers, inputs", None),
        ("[x for x in (1,)]", "expected numbers, inputs", None),
        ("f'{x}'", "expected numbers, inputs", None),
        ("x := 1", "not an expression", None),
        ("9**9**9", "does not fit into a float64", "9**9**9"),
        ("9**9**9**9**9 * x", "does not fit into a float64", "9**9**9"),
        ("1" * 400, "does not fit into a float64", "1" * 400),
        ("1e999 * x", "expected a finite number", "1e999"),
        ("(0 - 8)**0.5 * x", "expected a number", "(0 - 8)**0.5"),
        ("1 + 1", "no input in it", "1 + 1"),
        ("x / (y - y)", "division by zero", "x / (y - y)"),
        ("2 * log(-exp(x))", "the logarithm needs a positive number", "log(-exp(x))"),
        ("exp(exp(9 * x))", "does not fit into a float64", "exp(exp(9 * x))"),
        ("sqrt(-1 - x*x)", "needs a number of 0 or more", "sqrt(-1 - x*x)"),
        ("x ** y", "the exponent is a constant", "x ** y"),
        ("日本 + lgo(日本)", "did you mean 'log'", "lgo"),
        ("\ud800 + x", "not an expression", None),
        ("x\0", "not an expression", None),
        ("(" * 190 + "x" + ")" * 190, "no gate", None),
        ("(" * 199 + "x" + ")" * 199, "no gate", None),
        ("-" * 399 + "x", "at most 100 levels, received 400", None),
        ("+" * 300 + "x", "at most 100 levels, received 301", None),
        ("max(" + ",".join(f"x{i}" for i in range(60)) + ")", "at most 40 inputs", None),
        ("(x*x+x*x)*" * 39 + "x", "at most 100 gates", None),
        ("x" * (MOST_CHARACTERS + 1), "at most 400 characters, received 401", None),
        ("x" * 10**6, "at most 400 characters, received 1,000,000", None),
        (5, "expected text, received int", None),
        (None, "expected text, received NoneType", None),
        (["x"], "expected text, received list", None),
    ],
)
def test_what_cannot_be_is_a_sentence_with_its_place(text, sentence, place):
    if sentence == "no gate":  # parentheses alone: the parser's own limit, or nothing to do
        assert "error" in (answer := evaluate(text)) or answer["forward"] == []
        return
    said, where = problem(text)
    assert sentence in said
    if place is not None:
        assert where == place


def test_names_of_other_alphabets_and_of_python_are_names():
    assert evaluate("α * 权重 + __class__")["inputs"][1]["name"] == "权重"
    assert [one["name"] for one in evaluate("ｘ + x", {"x": 2})["inputs"]] == ["x"]
    assert evaluate("__proto__ * constructor", {"__proto__": 3})["nodes"][0]["value"] == 3


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("abc", "x: expected a number, received 'abc'"),
        (None, "x: expected a number, received None"),
        (True, "x: expected a number, received True"),
        ([1], "x: expected a number"),
        (float("nan"), "x: expected a finite number, received nan"),
        (float("inf"), "x: expected a finite number, received inf"),
        (10**400, "x: expected a finite number, received inf"),
    ],
)
def test_a_value_that_is_no_number_is_a_sentence(value, sentence):
    answer = evaluate("x + 1", {"x": value})
    assert answer["error"]["sentence"].startswith(sentence)
    assert answer["error"]["start"] is None
    assert answer["inputs"] == [{"name": "x", "value": value}] or value != value


def test_values_that_are_no_mapping_are_refused():
    assert "values: expected a number by name, received list" in problem("x", [1])[0]


def test_inputs_are_named_where_only_the_numbers_are_wrong():
    answer = evaluate("log(x) + y", {"x": -1, "y": 2})
    assert answer["inputs"] == [{"name": "x", "value": -1}, {"name": "y", "value": 2}]


def test_the_largest_expressions_are_answered():
    deep = evaluate("+".join(["x"] * 100))
    assert "error" not in deep and len(deep["forward"]) == 99
    used = deep["backward"][-1]["known"][0]
    assert used["gradient"] == 100 and len(used["parts"]) == 100
    wide = evaluate("max(" + ",".join(f"a{i}" for i in range(40)) + ")")
    assert len(wide["drawing"]["values"]) == 41


def test_routes(client):
    def evaluated(**values):
        return client.post("/api/gates/evaluate", json=values)

    assert client.get("/api/gates/examples").json()[0]["expression"] == "(x + y) * z"
    answer = evaluated(expression="x * 1e200 * 1e200", values={"x": 1e-300}).json()
    assert answer["backward"][-1]["known"][0]["gradient"] == "Infinity"
    broken = evaluated(expression="x +")
    assert (broken.status_code, broken.json()["error"]["start"]) == (200, 3)
    assert evaluated().status_code == evaluated(expression="x", other=1).status_code == 400
