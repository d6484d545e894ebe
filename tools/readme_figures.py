"""Write the README's figures from results/*.json, between its two markers.

python tools/readme_figures.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- figures: tools/readme_figures.py writes them -->\n", "<!-- end of figures -->\n"


def result(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "results" / f"{name}.json").read_text())
    return loaded


def accuracies() -> str:
    """What the recipes reached, beside what the reports did."""
    lines = [
        "| recipe | test accuracy, mean ± std | the report it repeats | seconds | command |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in ("A-mnist-mlp", "E-mnist-mlp"):
        r = result(name)
        reported = f"{r['reported']['test_accuracy']:.2%}"
        if "seconds" in r["reported"]:
            reported += f" in {r['reported']['seconds']:,} s"
        lines.append(
            f"| {r['claim'].split(' reaches')[0]}, MNIST | {r['test_accuracy_mean']:.2%} ± "
            f"{r['test_accuracy_std']:.2%} ({len(r['seeds'])} seeds) | {reported} | "
            f"{r['seconds_mean']:.1f} | `chainrule reproduce {name}` |"
        )
    return "\n".join(lines)


def speeds() -> str:
    """Training steps beside PyTorch, and how long a user waits."""
    r = result("benchmark-mlp")
    ours, theirs = r["rows"]["chainrule"], r["rows"]["pytorch"]
    waits = result("benchmark-startup")["rows"]
    return "\n".join(
        [
            f"Whole training steps of {r['net']} (batch norm, dropout, Adam, batch {r['batch']}, "
            f"float32, {r['threads']} threads), side by side with PyTorch "
            f"{r['versions'].get('torch', '')} (eager, fused Adam), median of {ours['steps']}: "
            f"**{ours['images_per_second']:,.0f} against {theirs['images_per_second']:,.0f} images "
            f"a second, {r['ratio']:.2f} times**. Run it again: `python -m benchmarks.mlp`.",
            "",
            "| waiting for | seconds |",
            "| --- | --- |",
            *(
                f"| {label} | {waits[key]['median_s']:.2f} |"
                for key, label in (
                    ("import chainrule", "`import chainrule`"),
                    ("chainrule --help", "`chainrule --help`"),
                    ("chainrule train, cold", "`chainrule train`, kernels compiled on the way"),
                    ("chainrule train, warm", "`chainrule train`, from then on"),
                )
            ),
            "",
            "Run it again: `python -m benchmarks.startup`.",
        ]
    )


def figures() -> str:
    machine = result("A-mnist-mlp")["machine"]
    place = f"All on {machine['cores']} cores of an {machine['cpu']} server, {machine['python']}."
    note = "Every seed, the versions and the commit are in `results/`."
    return f"\n{place} {note}\n\n{accuracies()}\n\n{speeds()}\n\n"


def main() -> None:
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(START)
    _, after = rest.split(END)
    readme.write_text(before + START + figures() + END + after)


if __name__ == "__main__":
    main()
