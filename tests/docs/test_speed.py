"""The tables of docs/speed.md are those of the results."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def _tools() -> Any:
    spec = importlib.util.spec_from_file_location("t", ROOT / "tools" / "speed_figures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_and_results_change_together() -> None:
    """``python tools/speed_figures.py``"""
    tools = _tools()
    page = (ROOT / "docs" / "speed.md").read_text("utf-8")
    assert tools.figures() == page.split(tools.START)[1].split(tools.END)[0]


def test_every_trick_that_was_switched_off_has_a_row() -> None:
    tools = _tools()
    record = json.loads((ROOT / "results" / "ablation.json").read_text("utf-8"))
    for net in record["nets"]:
        assert {*net["without"], *net.get("bfloat16", {}).get("without", {})} <= {*tools.TRICKS}
