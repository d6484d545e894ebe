from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chainrule.bench.frameworks import FRAMEWORKS, OURS
from chainrule.bench.latency import latency, summary, table
from chainrule.bench.nets import NETS
from chainrule.bench.options import BenchOptions


def test_the_middle_and_the_slow_end():
    times = [1e-3] * 98 + [5e-3, 9e-3]
    assert summary(times) == {"runs": 100, "median_ms": 1.0, "percentile_99_ms": 9.0}
    assert summary([2e-3]) == {"runs": 1, "median_ms": 2.0, "percentile_99_ms": 2.0}


def test_one_image_is_predicted_by_a_net_with_batch_norm():
    said: list[str] = []
    ghost = replace(FRAMEWORKS["jax"], packages=("no_such_package",))
    options = BenchOptions([NETS["mlp"]], [FRAMEWORKS[OURS], ghost], batch_size=128, steps=5)
    (record,) = latency(options, said.append)
    row = record["rows"][OURS]
    assert row["runs"] == 5 and 0 < row["median_ms"] <= row["percentile_99_ms"]
    assert record["absent"] == {"jax": "no_such_package is not installed"}
    assert json.loads(json.dumps(record)) == record
    assert table(record) in said[-1]
    assert record["prepared"] and "chainrule.Predictor" in said[-1]


def test_ours_is_prepared_and_predicts_the_same():
    import numpy as np

    from chainrule.bench.frameworks.ours import Ours

    plain, prepared = Ours(NETS["mlp"], 1), Ours(NETS["mlp"], 1, prepared=True)
    np.testing.assert_allclose(prepared.predict(), plain.predict(), atol=1e-5)
    assert prepared.predictor is not prepared.model and plain.predictor is plain.model
    assert getattr(prepared.predictor, "reason", "") is None


def test_ours_is_as_often_as_fast():
    rows = {OURS: {"median_ms": 1.0, "percentile_99_ms": 2.0},
            "eager": {"median_ms": 3.0, "percentile_99_ms": 4.0, "ratio": 3.0}}  # fmt: skip
    record = {"title": "net", "threads": 2, "precision": "bfloat16", "products": "AMX",
              "rows": rows, "absent": {}}  # fmt: skip
    shown = table(record)
    assert "chainrule.Predictor" not in shown
    assert "3.00x" in shown.splitlines()[-1] and "products of chainrule in bfloat16" in shown


@pytest.mark.parametrize("name", ["mlp", "conv", "resnet18"])
def test_onnx_runtime_predicts_the_same(name):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    import numpy as np

    ours, theirs = (
        FRAMEWORKS[each].setup(NETS[name], 2, 1, first="predict").factory()("predict")()
        for each in (OURS, "onnxruntime")
    )
    np.testing.assert_allclose(theirs, ours, atol=1e-4 * float(np.abs(ours).max()))
