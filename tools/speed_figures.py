"""Write the tables of docs/speed.md from results/*.json, between its two markers.

python tools/speed_figures.py
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "speed.md"
START, END = "<!-- figures: tools/speed_figures.py writes them -->\n", "<!-- end of figures -->\n"
TRICKS = {
    "Winograd's convolution": "3x3 convolutions as columns instead of Winograd's",
    "blocks of registers": "Winograd's products by OpenBLAS",
    "linear_norm_relu_dropout": "linear, norm, ReLU and dropout apart",
    "norm_relu_pool": "pooling apart from norm and ReLU",
    "norm_relu": "norm and ReLU apart",
    "norm_relu6": "norm and ReLU6 apart",
    "residual_relu": "a block's sum and ReLU apart",
    "all fused layers": "no fused layers at all",
    "workspace": "new arrays at each step",
    "threads": "one thread",
    "bfloat16 on tiles": "in bfloat16 on tiles: in float32 instead",
    "linear_norm_relu_dropout in bfloat16": "in bfloat16: linear, norm, ReLU and dropout apart",
    "norm_relu_pool in bfloat16": "in bfloat16: pooling apart from norm and ReLU",
    "norm_relu in bfloat16": "in bfloat16: norm and ReLU apart",
    "norm_relu6 in bfloat16": "in bfloat16: norm and ReLU6 apart",
    "residual_relu in bfloat16": "in bfloat16: a block's sum and ReLU apart",
}


def ablation(record: dict[str, Any]) -> str:
    """How much longer a step takes without each trick, a column for each net."""
    nets = record["nets"]
    without = [each["without"] | each.get("bfloat16", {}).get("without", {}) for each in nets]
    lines = [
        f"| without, batch {nets[0]['batch_size']} | {' | '.join(n['net'] for n in nets)} |",
        f"| --- |{' --- |' * len(nets)}",
    ]
    for name, said in TRICKS.items():
        if any(name in each for each in without):
            cells = [
                f"{each[name]['gain_percent']:+.0f} %" if name in each else "–" for each in without
            ]
            lines.append(f"| {said} | {' | '.join(cells)} |")
    every = [f"{each['with_all']['images_per_second']:,.0f}" for each in nets]
    lines.append(f"| images/s with all, float32 | {' | '.join(every)} |")
    return "\n".join(lines)


def latency(record: dict[str, Any]) -> str:
    """Milliseconds of a single image's prediction."""
    nets = [
        {**net, "rows": {_predicting(net, name): row for name, row in net["rows"].items()}}
        for net in record["latency"]
    ]
    return by_framework(
        "one image, ms: median (99 % within)",
        nets,
        lambda row: f"{row['median_ms']:.3g} ({row['percentile_99_ms']:.3g})",
    )


def _predicting(net: dict[str, Any], name: str) -> str:
    return "`cr.Predictor`" if name == "chainrule" and net.get("prepared") else name


def neighbor(record: dict[str, Any]) -> str:
    """The share of its speed that each keeps."""
    return by_framework(
        "speed kept beside one busy process",
        record["neighbor"],
        lambda row: f"{row['kept']:.0%} ({row['beside']:,.0f}/s)",
    )


def by_framework(
    head: str, nets: list[dict[str, Any]], cell: Callable[[dict[str, float]], str]
) -> str:
    """A row for each framework, a column for each net."""
    lines = [
        f"| {head} | {' | '.join(net['net'] for net in nets)} |",
        f"| --- |{' --- |' * len(nets)}",
    ]
    for name in dict.fromkeys(name for net in nets for name in net["rows"]):
        rows = [net["rows"].get(name) for net in nets]
        lines.append(f"| {name} | {' | '.join(cell(row) if row else '–' for row in rows)} |")
    return "\n".join(lines)


PARTS = {"ablation": ablation, "benchmark-latency-amx": latency, "benchmark-neighbor-amx": neighbor}


def figures() -> str:
    """Every table whose result is there, under the machine that it was measured on."""
    parts = []
    for name, table in PARTS.items():
        file = ROOT / "results" / f"{name}.json"
        if file.exists():
            record = json.loads(file.read_text("utf-8"))
            machine = record["machine"]
            cpu = machine["cpu"].replace("(R)", "")
            parts.append(
                f"{machine['cores']} cores of an {cpu} server, {record['date']}, commit "
                f"`{record['commit'][:9]}`:\n\n{table(record)}"
            )
    return "\n" + "\n\n".join(parts) + "\n\n"


def main() -> None:
    before, rest = PAGE.read_text("utf-8").split(START)
    _, after = rest.split(END)
    PAGE.write_text(before + START + figures() + END + after, "utf-8")


if __name__ == "__main__":
    main()
