"""Write the README's figures from results/*.json, between its two markers.

python tools/readme_figures.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- figures: tools/readme_figures.py writes them -->\n", "<!-- end of figures -->\n"
NETS = ("mlp", "conv", "vgg", "resnet18")
BEST = (
    "A-mnist-mlp", "A-search-mnist", "E-mnist-mlp", "E-updates", "E-sizes", "B-cnn", "A-cifar-mlp",
    "A-cifar-cnn", "D-resnet18", "E-knn", "E-linear", "record-mnist", "record-cifar", "C-transfer",
)  # fmt: skip
"""The rows of the README, as far as they were measured; docs/reproduction.md has all."""

NOTE = (
    "Every seed, the versions and the commit are in `results/`; [all claims of the five reports]"
    "(docs/reproduction.md) stand beside what was measured there."
)
OTHERS = {  # framework: column
    "eager": "PyTorch eager",
    "channels-last": "channels-last",
    "compile": "`torch.compile`",
    "bf16": "bf16 autocast",
    "jax": "JAX",
    "keras": "Keras, TensorFlow",
}


def result(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "results" / f"{name}.json").read_text())
    return loaded


def accuracies() -> str:
    """What the recipes reached, beside what the reports did."""
    lines = [
        "| recipe | reported | ours | seconds | command |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in BEST:
        path = ROOT / "results" / f"{name}.json"
        r = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if not r.get("ours"):
            continue
        seconds = "–" if r["seconds"] is None else f"{r['seconds']:.1f}"
        seeds = f" ({r['seeds']} seeds)" if "±" in r["ours"] else ""
        lines.append(
            f"| {r['did']} | {r['reported']} | {r['ours']}{seeds} | {seconds} | "
            f"`chainrule reproduce {name}` |"
        )
    return "\n".join(lines)


def nets() -> list[dict[str, Any]]:
    """The record of each net that was timed."""
    names = (f"benchmark-{net}" for net in NETS)
    return [result(n)["nets"][0] for n in names if (ROOT / "results" / f"{n}.json").exists()]


def speeds() -> str:
    """Images a second of whole training steps beside other frameworks, on one net a line."""
    timed = nets()
    first = timed[0]
    versions = result(f"benchmark-{first['net']}")["versions"]
    frameworks = ", ".join(
        f"{title} {versions[package]}"
        for package, title in (("torch", "PyTorch"), ("jax", "JAX"), ("tensorflow", "TensorFlow"))
        if package in versions
    )
    present = [name for name in OTHERS if any(name in r["rows"] for r in timed)]
    columns = [OTHERS[name] for name in present]
    head = ["net", *columns, "chainrule", "× best float32 PyTorch", "predicting", "memory"]
    return "\n".join(
        [
            f"Images a second in whole training steps (forward, loss, backward, update), batch "
            f"{first['batch_size']}, {first['threads']} threads, float32 unless it says bf16, "
            f"side by side with {frameworks}. The last columns are ratios to PyTorch's fastest "
            "float32 mode: of images a second in training and in prediction, and of the memory "
            "that the steps need beyond the import.",
            "",
            f"| {' | '.join(head)} |",
            f"|{' --- |' * len(head)}",
            *(_line(record, present) for record in timed),
            "",
            "– was not timed. Run it again: `chainrule bench mlp --predict --same --cold "
            "--out results/benchmark-mlp.json`, and so on.",
        ]
    )


def _line(record: dict[str, Any], present: list[str]) -> str:
    rows, ratios = record["rows"], record["ratios"]
    cells = [record["title"]]
    for name in (*present, "chainrule"):
        pace = f"{rows[name]['step']['images_per_second']:,.0f}" if name in rows else "–"
        cells.append(f"**{pace}**" if name == "chainrule" else pace)
    best = ratios["step"].get("best")
    cells.append(f"**{ratios['step'][best]:.2f}**" if best else "–")
    predicted = ratios.get("predict", {})
    cells.append(f"{predicted[predicted['best']]:.2f}" if "best" in predicted else "–")
    if best:
        key = "memory_less_import_mib"
        cells.append(f"{rows['chainrule'][key] / rows[best][key]:.2f}")
    else:
        cells.append("–")
    return f"| {' | '.join(cells)} |"


def waits() -> str:
    """How long a user waits."""
    rows = result("benchmark-startup")["rows"]
    folder = result("benchmark-folder")
    jpegs = f"the first step on a folder of {folder['pictures']:,} JPEGs"
    waited = (
        ("`import chainrule`", rows["import chainrule"]),
        ("`chainrule --help`", rows["chainrule --help"]),
        ("`chainrule train`, kernels compiled on the way", rows["chainrule train, cold"]),
        ("`chainrule train`, from then on", rows["chainrule train, warm"]),
        (f"{jpegs}, decoded on the way", folder["rows"]["cold"]),
        (f"{jpegs}, from then on", folder["rows"]["from the cache"]),
    )
    return "\n".join(
        [
            "| waiting for | seconds |",
            "| --- | --- |",
            *(f"| {label} | {row['median_s']:.2f} |" for label, row in waited),
            "",
            "Run it again: `python -m benchmarks.startup`, `python -m benchmarks.folder FOLDER`.",
        ]
    )


def trials() -> str:
    """What was tried to break it, and what augmentation costs."""
    kills, added = result("kills"), result("benchmark-augmentation")
    crop_flip = added["alone_ms"]["preset crop-flip"] + added["alone_ms"]["normalise"]
    return "\n".join(
        [
            f"- {kills['runs_killed']} trainings were killed with SIGKILL at random moments, "
            f"{kills['inside_a_write']} of them inside a write: {kills['resumed_and_equal']} "
            "resumed and ended with the weights of the unbroken run, byte for byte "
            "(`python -m benchmarks.kills`).",
            f"- Crop, flip and normalization of {added['batch']} images of {added['pictures']} "
            f"take {crop_flip:.1f} ms, {added['share_alone']:.1%} of a step of the VGG, and are "
            "done in a thread beside it (`python -m benchmarks.augmentation`).",
        ]
    )


def figures() -> str:
    parts = (_measured_on("A-mnist-mlp"), NOTE, accuracies(), _measured_on("benchmark-mlp"))
    return "\n" + "\n\n".join([*parts, speeds(), waits(), trials()]) + "\n\n"


def _measured_on(name: str) -> str:
    machine = result(name)["machine"]
    cpu = machine["cpu"].replace("(R)", "")
    return f"On {machine['cores']} cores of an {cpu} server, {machine['python']}:"


def main() -> None:
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(START)
    _, after = rest.split(END)
    readme.write_text(before + START + figures() + END + after)


if __name__ == "__main__":
    main()
