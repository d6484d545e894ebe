from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chainrule.bench.compare import compare, ratios, steps, table
from chainrule.bench.frameworks import FRAMEWORKS, OURS
from chainrule.bench.nets import NETS
from chainrule.bench.options import BenchOptions


def rows(**paces: float):
    return {name: {"step": {"images_per_second": pace}} for name, pace in paces.items()}


def test_ratios_are_to_each_and_name_the_best_float32_of_pytorch():
    found = ratios(
        rows(chainrule=200, eager=50, compile=80, bf16=400, jax=90),
        list(FRAMEWORKS.values()),
        ["step"],
    )
    assert found == {
        "step": {"eager": 4.0, "compile": 2.5, "bf16": 0.5, "jax": 2.222, "best": "compile"}
    }


def test_without_pytorch_none_is_the_best():
    found = ratios(rows(chainrule=200, jax=100), list(FRAMEWORKS.values()), ["step"])
    assert found == {"step": {"jax": 2.0}}


def test_without_us_there_is_no_ratio():
    assert ratios(rows(eager=50), list(FRAMEWORKS.values()), ["step"]) == {}


def test_a_race_of_one():
    said: list[str] = []
    ours = [FRAMEWORKS[OURS]]
    options = BenchOptions([NETS["mlp"]], ours, batch_size=4, steps=2, predict=True)
    (record,) = compare(options, said.append)
    row = record["rows"][OURS]
    assert row["step"]["steps"] == row["predict"]["steps"] == 2
    assert row["step"]["images_per_second"] > 0
    assert row["memory_mib"] > row["memory_less_import_mib"]
    assert record["absent"] == {}
    assert said[0] == "mlp: setting up chainrule"
    assert json.loads(json.dumps(record)) == record
    assert "chainrule" in table(record)


def test_who_is_not_installed_is_named():
    ghost = replace(FRAMEWORKS["jax"], name="jax", packages=("no_such_package",))
    options = BenchOptions([], [FRAMEWORKS[OURS], ghost], batch_size=4, steps=1)
    record = steps(NETS["mlp"], options, [].append)
    assert record["absent"] == {"jax": "no_such_package is not installed"}
    assert "JAX and Optax, jit: left out, no_such_package is not installed" in table(record)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_contestant_has_a_module_that_needs_nothing_to_be_imported(name):
    import importlib

    module, _, kind = FRAMEWORKS[name].program.partition(".")
    found = importlib.import_module(f"chainrule.bench.frameworks.{module}")
    only = FRAMEWORKS[name].predicts_only
    verbs = ("predict",) if only else ("step", "predict", "gradients")
    assert all(hasattr(getattr(found, kind), verb) for verb in verbs)


def test_who_only_predicts_is_asked_for_that_alone():
    only = replace(FRAMEWORKS[OURS], name="onnxruntime", predicts_only=True)
    for predict, verbs in ((True, {"predict"}), (False, set())):
        options = BenchOptions([], [FRAMEWORKS[OURS], only], batch_size=4, steps=1, predict=predict)
        record = steps(NETS["mlp"], options, [].append)
        found = record["rows"].get("onnxruntime", {})
        assert {"step", "predict"} & {*found} == verbs
        assert ("onnxruntime" in record["absent"]) is not predict
        assert table(record)
