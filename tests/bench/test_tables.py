"""Text of made-up records: what is shown, and that nothing is lost where a figure is missing."""

from __future__ import annotations

from typing import Any

from chainrule.bench import compare, scaling
from chainrule.bench.kernels import compare as kernels
from chainrule.bench.tables import left_out, table


def row(ms: float, pace: float, memory: float) -> dict[str, Any]:
    times = {"steps": 3, "median_ms": ms, "quartile_1_ms": ms, "quartile_3_ms": ms}
    return {
        "step": {**times, "images_per_second": pace},
        "import_s": 0.1, "build_s": 0.1, "first_step_s": 0.5,
        "memory_mib": memory + 50, "memory_less_import_mib": memory,
    }  # fmt: skip


RECORD = {
    "net": "mlp",
    "title": "A net",
    "batch_size": 128,
    "threads": 2,
    "rows": {"chainrule": row(2.0, 64_000, 60), "eager": row(4.0, 32_000, 120)},
    "absent": {"compile": "RuntimeError: no compiler"},
    "ratios": {"step": {"eager": 2.0, "best": "eager"}},
}


def test_net():
    lines = compare.table(RECORD).splitlines()
    assert lines[0] == "A net"
    (eager,) = [line for line in lines if "32,000" in line]
    assert eager.split()[-3:] == ["2.00x", "best", "float32"]
    assert "PyTorch torch.compile: left out, RuntimeError: no compiler" in lines
    (memory,) = [line for line in lines if "0.50x" in line]
    assert memory.startswith("PyTorch eager")


def test_the_others_are_shown_where_ours_fails():
    rows = {"eager": RECORD["rows"]["eager"]}
    absent = {"chainrule": "its process ended"}
    text = compare.table(RECORD | {"rows": rows, "absent": absent, "ratios": {}})
    assert "32,000" in text and "chainrule: left out, its process ended" in text


def test_kernels_without_pytorch():
    record = {
        "batch_size": 128,
        "threads": 2,
        "ceilings": {"square_gflops": 200.0, "tall_gflops": 100.0, "copy_gbytes": 20.0},
        "kernels": [
            {"kernel": "relu 64", "unit": "GB/s", "ms": 1.0, "figure": 10.0, "share": 0.5},
            {"kernel": "conv", "unit": "GFLOP/s", "ms": 1.0, "figure": 400.0, "share": 2.0,
             "pytorch_ms": 2.0, "pytorch": "pytorch", "ratio": 2.0},
        ],
        "absent": {},
    }  # fmt: skip
    text = kernels.table(record)
    assert "200 GFLOP/s" in text
    assert "50%" in text
    assert text.splitlines()[-1].endswith("2.00x")


def test_growth_shows_a_dash_where_nothing_was_measured():
    record = {
        "threads": 2,
        "limit_s": 5.0,
        "axes": [
            {
                "axis": "batch",
                "rows": {
                    "chainrule": {
                        "ms": {1: 1.0, 4: 2.0, 16: 4.0},
                        "exponent": 0.5, "exponent_of_the_last_three": 0.5,
                    },
                    "eager": {"ms": {1: 1.0}},
                },
            }
        ],
        "absent": {},
    }  # fmt: skip
    lines = scaling.table(record).splitlines()
    assert lines[-2].split()[-2:] == ["0.50", "0.50"]
    assert lines[-1].split()[-2:] == ["-", "-"]


def test_a_framework_has_its_title_and_anything_else_its_name():
    rows = {"eager": {"n": 243658}, "conv 3x3": {"n": 1}}
    assert table("", {"parameters": "{n:,}"}, rows) == [
        "               parameters",
        "PyTorch eager     243,658",
        "conv 3x3                1",
    ]
    assert left_out({"jax": "why"}) == ["JAX and Optax, jit: left out, why"]
