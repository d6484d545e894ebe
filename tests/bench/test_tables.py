"""Text of made-up records: what is shown, and that nothing is lost where a figure is missing."""

from __future__ import annotations

from typing import Any

from chainrule.bench import tables


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
    lines = tables.net(RECORD).splitlines()
    assert lines[0] == "A net"
    (eager,) = [line for line in lines if "32,000" in line]
    assert eager.split()[-3:] == ["2.00x", "best", "float32"]
    assert "PyTorch torch.compile: left out, RuntimeError: no compiler" in lines
    (memory,) = [line for line in lines if "0.50x" in line]
    assert memory.startswith("PyTorch eager")


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
    text = tables.kernels(record)
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
    lines = tables.growth(record).splitlines()
    assert lines[-2].split()[-2:] == ["0.50", "0.50"]
    assert lines[-1].split()[-2:] == ["-", "-"]


def test_cold_same_and_denormals():
    assert "12.5" in tables.cold({"chainrule": {"start_s": 12.5, "compile_s": 11.0}})
    same = {"eager": {"parameters": 243658, "loss": 1e-8, "gradient": 2e-6}}
    assert "243,658" in tables.same(same)
    record = {
        "net": "mlp", "batch_size": 128, "threads": 2,
        "rows": {"chainrule": {"normal_ms": 2.0, "tiny_ms": 2.1, "ratio": 1.05}},
    }  # fmt: skip
    assert tables.denormals(record).splitlines()[-1].split()[-1] == "1.05"
