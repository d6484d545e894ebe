"""Write docs/scaling.md and its figure from results/scaling.json.

python -m benchmarks.scaling && python tools/scaling_page.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "results" / "scaling.json"
PAGE = ROOT / "docs" / "scaling.md"
FIGURE = ROOT / "docs" / "_static" / "timeline.png"
START, END = "<!-- figures: tools/scaling_page.py writes them -->\n", "<!-- end of figures -->\n"
COLORS = {
    "forward": "#4c78a8", "backward": "#54a24b", "update": "#b279a2",
    "wait for gradients": "#bab0ac", "sum of losses and statistics": "#e45756",
    "statistics": "#eeca3b", "all-reduce": "#f58518",
}  # fmt: skip
DRAWN = "vgg"


def figures(result: dict[str, Any]) -> str:
    """All that was measured, fitted and predicted, as the page has it."""
    cpu = str(result["machine"]["cpu"]).replace("(R)", "")
    cores = result["machine"]["cores"]
    parts = [f"Measured on {cores} cores of an {cpu} server."]
    for net in result["nets"].values():
        parts += [f"**{net['title']}**, {net['parameters']:,} parameters:", _steps(net), _fit(net)]
        parts += [_predicted(net, result["cores"])]
    return "\n" + "\n\n".join(parts) + "\n\n"


def _table(head: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _steps(net: dict[str, Any]) -> str:
    rows, one = [], {}
    for s in net["steps"]:
        if s["ranks"] == s["threads"] == 1:
            one[s["batch"]] = s["seconds"]
        cores = s["ranks"] * s["threads"]
        rows.append([
            str(s["batch"]), str(s["ranks"]), str(s["threads"]), _ms(s["seconds"]),
            _ms(s["compute"]), _ms(s["wait"]), f"{s['sent'] / 2**10:,.0f}" if s["sent"] else "–",
            f"{one[s['batch']] / (cores * s['seconds']):.0%}",
        ])  # fmt: skip
    head = (
        "batch", "ranks", "threads each", "step, ms", "computing, ms", "waiting, ms",
        "KiB sent a rank", "efficiency",
    )  # fmt: skip
    return _table(head, rows)


def _fit(net: dict[str, Any]) -> str:
    m, off = net["model"], [abs(e) for e in net["errors"]]
    network = m["network"]
    return (
        f"Fitted: a = {_ms(m['a'])} ms, b = {1e6 * m['b']:.1f} µs an image, "
        f"p = {m['parallel']:.2f}, s = {m['slowdown']:.2f}, o = {m['hidden']:.2f}; between two "
        f"ranks here "
        f"α = {1e6 * network['latency']:.0f} µs and β = {network['bandwidth'] / 1e9:.1f} GB/s. "
        f"The model is off the measured steps by {sum(off) / len(off):.0%} on average, "
        f"{max(off):.0%} at most."
    )


def _predicted(net: dict[str, Any], cores: int) -> str:
    rows = [
        [
            p["network"], str(p["hosts"]), f"{p['batch']:,}", _ms(p["seconds"]),
            f"{p['efficiency']:.0%}",
        ]
        for p in net["predicted"]
    ]  # fmt: skip
    head = ("network", f"hosts of {cores} cores", "batch", "step, ms", "efficiency")
    return "Predicted, one rank a host:\n\n" + _table(head, rows)


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f}" if seconds < 0.1 else f"{1e3 * seconds:.0f}"


def draw(result: dict[str, Any]) -> None:
    """The timeline of one step of two ranks."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    ranks = result["nets"][DRAWN]["events"]
    figure = Figure(figsize=(9, 2.8), layout="constrained")
    axes = figure.subplots()
    shown: dict[str, str] = {}
    labels = []
    for rank, events in enumerate(ranks):
        for name, kind, since, length, _ in events:
            row = -(2 * rank + (kind == "communication"))
            label = "all-reduce" if name.startswith("all-reduce") else name
            shown[label] = COLORS.get(label, "#72b7b2")
            axes.barh(
                row, 1e3 * length, left=1e3 * since, height=0.7, color=shown[label],
                edgecolor="white", linewidth=0.5,
            )  # fmt: skip
        labels += [f"rank {rank}: compute", f"rank {rank}: messages"]
    axes.set_yticks([-i for i in range(len(labels))], labels)
    axes.set_xlabel("milliseconds")
    axes.spines[["top", "right"]].set_visible(False)
    patches = [Patch(color=color, label=label) for label, color in shown.items()]
    axes.legend(
        handles=patches, ncols=4, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1)
    )
    figure.savefig(FIGURE, dpi=160)


def main() -> None:
    result: dict[str, Any] = json.loads(RESULT.read_text("utf-8"))
    before, rest = PAGE.read_text("utf-8").split(START)
    _, after = rest.split(END)
    PAGE.write_text(before + START + figures(result) + END + after, "utf-8")
    draw(result)


if __name__ == "__main__":
    main()
