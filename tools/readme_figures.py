"""Write the README's figures from results/*.json, between its two markers.

python tools/readme_figures.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chainrule.recipes.page import command

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- figures: tools/readme_figures.py writes them -->\n", "<!-- end of figures -->\n"
NETS = ("mlp", "conv", "vgg", "resnet18", "mobilenet_v2")
BEST = (
    "A-mnist-mlp", "A-search-mnist", "E-mnist-mlp", "E-updates", "E-sizes", "B-cnn", "A-cifar-mlp",
    "A-cifar-cnn", "D-resnet18", "E-knn", "E-linear", "record-mnist", "record-cifar", "C-transfer",
)  # fmt: skip
"""The rows of the README, as far as they were measured; docs/reproduction.md has all."""

NOTE = (
    "Every seed, the versions and the commit are in `results/`; [all claims of the five reports]"
    "(docs/reproduction.md) stand beside what was measured there."
)
MACHINES = ("amx", "avx2")
"""What the CPUs have on which nets were timed, in the names of the results."""

OTHERS = {  # framework: column
    "eager": "PyTorch eager",
    "channels-last": "channels-last",
    "compile": "`torch.compile`",
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
            f"| {r['did']} | {r['reported']} | {r['ours']}{seeds} | {seconds} | `{command(r)}` |"
        )
    return "\n".join(lines)


def nets(machine: str, precision: str = "") -> list[dict[str, Any]]:
    """The result of each net that was timed on such a machine."""
    names = (f"benchmark-{net}-{machine}{precision}" for net in NETS)
    return [result(name) for name in names if (ROOT / "results" / f"{name}.json").exists()]


def speeds(machine: str) -> str:
    """Images a second of whole training steps beside other frameworks, on one net a line."""
    timed = nets(machine)
    rounded = {each["nets"][0]["net"]: each["nets"][0] for each in nets(machine, "-bfloat16")}
    versions = timed[0]["versions"]
    frameworks = ", ".join(
        f"{title} {versions[package]}"
        for package, title in (("torch", "PyTorch"), ("jax", "JAX"), ("tensorflow", "TensorFlow"))
        if package in versions
    )
    records = [each["nets"][0] for each in timed]
    present = [name for name in OTHERS if any(name in r["rows"] for r in records)]
    head = ["net", *(OTHERS[name] for name in present), "chainrule", "× best float32 PyTorch",
            "bf16 autocast", *(("chainrule bfloat16", "× bf16 autocast") if rounded else ()),
            "predicting", "memory"]  # fmt: skip
    return "\n".join(
        [
            f"Beside {frameworks}, batch {records[0]['batch_size']}, "
            f"{records[0]['threads']} threads:",
            "",
            f"| {' | '.join(head)} |",
            f"|{' --- |' * len(head)}",
            *(_line(record, present, rounded) for record in records),
        ]
    )


def _line(record: dict[str, Any], present: list[str], rounded: dict[str, Any]) -> str:
    rows, ratios = record["rows"], record["ratios"]
    best = ratios["step"].get("best")
    cells = [record["title"], *(_pace(rows, name) for name in present)]
    cells += [f"**{_pace(rows, 'chainrule')}**", f"**{ratios['step'][best]:.2f}**"]
    other = rounded.get(record["net"])
    if other:
        ratio = other["ratios"]["step"].get("bf16")
        cells += [_pace(other["rows"], "bf16"), f"**{_pace(other['rows'], 'chainrule')}**"]
        cells.append("–" if ratio is None else f"**{ratio:.2f}**")
    else:
        cells += [_pace(rows, "bf16"), *(("–", "–") if rounded else ())]
    predicted = ratios.get("predict", {})
    cells.append(f"{predicted[predicted['best']]:.2f}" if "best" in predicted else "–")
    key = "memory_less_import_mib"
    cells.append(f"{rows['chainrule'][key] / rows[best][key]:.2f}")
    return f"| {' | '.join(cells)} |"


def _pace(rows: dict[str, Any], name: str) -> str:
    return f"{rows[name]['step']['images_per_second']:,.0f}" if name in rows else "–"


SPEEDS = (
    "Images a second in whole training steps (forward, loss, backward, update), float32 unless it "
    "says bf16, frameworks side by side in turns. The last columns are ratios to PyTorch's fastest "
    "float32 mode: of images a second in prediction, and of the memory that the steps need beyond "
    "the import. [What makes it fast](docs/speed.md) has an ablation."
)
AGAIN = (
    "– was not timed. Run it again: `chainrule bench --predict --same --cold`, in bfloat16 "
    "`chainrule bench --precision bfloat16 --against bf16`."
)


def single_images() -> str:
    """Milliseconds until one image is answered, one net a line."""
    nets = result("benchmark-latency-amx")["latency"]
    names = [n for n in (*OTHERS, "onnxruntime") if any(n in net["rows"] for net in nets)]
    titles = [{**OTHERS, "onnxruntime": "ONNX Runtime"}[name] for name in names]
    head = ["one image, milliseconds", *titles, "`cr.Predictor`"]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for net in nets:
        rows = net["rows"]
        cells = [_milliseconds(rows, name) for name in names]
        lines.append(
            f"| {net['title']} | {' | '.join(cells)} | **{_milliseconds(rows, 'chainrule')}** |"
        )
    return "\n".join([*lines, "", "Medians. Run it again: `chainrule bench --latency`."])


def _milliseconds(rows: dict[str, Any], name: str) -> str:
    return f"{rows[name]['median_ms']:.3g}" if name in rows else "–"


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
    parts = [_measured_on("A-mnist-mlp"), NOTE, accuracies(), SPEEDS]
    for machine in MACHINES:
        if timed := nets(machine):
            parts += [_machine(timed[0]), speeds(machine)]
    parts += [AGAIN, _measured_on("benchmark-latency-amx"), single_images()]
    parts += [_measured_on("benchmark-startup"), waits(), trials()]
    return "\n" + "\n\n".join(parts) + "\n\n"


def _measured_on(name: str) -> str:
    return _machine(result(name))


def _machine(record: dict[str, Any]) -> str:
    machine = record["machine"]
    cpu = machine["cpu"].replace("(R)", "")
    return f"On {machine['cores']} cores of an {cpu} server, {machine['python']}:"


def main() -> None:
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(START)
    _, after = rest.split(END)
    readme.write_text(before + START + figures() + END + after)


if __name__ == "__main__":
    main()
