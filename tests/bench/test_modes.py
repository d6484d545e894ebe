from __future__ import annotations

import inspect
import json
from pathlib import Path

from chainrule.bench import compare, latency, neighbor, scaling
from chainrule.bench.kernels import compare as kernels
from chainrule.bench.modes import MODES
from chainrule.cli.bench import bench

RESULTS = Path(__file__).parents[2] / "results"
KEPT = [file.stem for file in RESULTS.glob("benchmark-*.json") if {*MODES} & {
    *json.loads(file.read_text("utf-8"))}]  # fmt: skip


def test_every_mode_but_the_first_is_an_option_of_the_command():
    first, *others = MODES
    assert first == "nets"
    assert set(others) <= set(inspect.signature(bench).parameters)


def test_the_kept_results_are_of_these_modes_and_can_be_shown():
    tables = {
        "nets": compare, "kernels": kernels, "growth": scaling, "latency": latency,
        "neighbor": neighbor,
    }  # fmt: skip
    assert len(KEPT) >= 7
    for name in KEPT:
        record = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
        modes = [key for key in record if key in MODES]
        assert len(modes) == 1, name
        if modes[0] in tables:
            shown = [tables[modes[0]].table(each) for each in record[modes[0]]]
            assert all("chainrule" in text or "relu" in text for text in shown)


def test_sizes_are_in_order_in_a_result_that_was_read_again():
    ms = {"4": 2.0, "1024": 9.0, "16": 3.0}
    axis = {"axis": "batch", "rows": {"chainrule": {"ms": ms}}}
    text = scaling.table({"threads": 1, "limit_s": 5.0, "axes": [axis], "absent": {}})
    assert text.splitlines()[3].split() == ["4", "16", "1024", "k", "last"]
