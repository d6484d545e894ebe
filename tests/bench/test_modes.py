from __future__ import annotations

import inspect
import json
from pathlib import Path

from chainrule.bench.modes import MODES
from chainrule.cli.bench import bench

RESULTS = Path(__file__).parents[2] / "results"
KEPT = ("conv", "denormals", "growth", "kernels", "mlp", "resnet18", "vgg")


def test_every_mode_but_the_first_is_an_option_of_the_command():
    first, *others = MODES
    assert first == "nets"
    assert set(others) <= set(inspect.signature(bench).parameters)


def test_the_kept_results_are_of_these_modes():
    for name in KEPT:
        record = json.loads((RESULTS / f"benchmark-{name}.json").read_text("utf-8"))
        modes = [key for key in record if key in MODES]
        assert len(modes) == 1 and isinstance(record[modes[0]], list), name
