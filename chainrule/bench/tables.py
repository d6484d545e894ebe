"""Records as text for a terminal."""

from __future__ import annotations

from typing import Any

from .frameworks import FRAMEWORKS, OURS


def net(record: dict[str, Any]) -> str:
    """A line for each framework of one net, fastest last column: how often ours is as fast."""
    lines = [
        f"{record['title']}",
        f"batch {record['batch_size']}, {record['threads']} threads",
    ]
    for verb in ("step", "predict"):
        if not any(verb in row for row in record["rows"].values()):
            continue
        head = "training step" if verb == "step" else "prediction"
        lines += ["", f"{head:<24}{'ms':>10}  {'quartiles':>17} {'images/s':>10}  {'ours is':>8}"]
        ratios = record["ratios"].get(verb, {})
        for name, row in record["rows"].items():
            r = row[verb]
            span = f"{r['quartile_1_ms']:.2f} to {r['quartile_3_ms']:.2f}"
            ratio = f"{ratios[name]:.2f}x" if name in ratios else ""
            mark = "  best float32" if ratios.get("best") == name else ""
            lines.append(
                f"{FRAMEWORKS[name].title:<24}{r['median_ms']:10.2f}  {span:>17} "
                f"{r['images_per_second']:10,.0f}  {ratio:>8}{mark}"
            )
    lines += ["", *waiting(record)]
    lines += [f"{FRAMEWORKS[n].title}: left out, {why}" for n, why in record["absent"].items()]
    return "\n".join(lines)


def waiting(record: dict[str, Any]) -> list[str]:
    """Memory during the steps, and seconds until the end of the first."""
    ours = record["rows"].get(OURS)
    lines = [
        f"{'memory of the steps, MiB':<24}{'peak':>10}{'less import':>13}{'ours is':>9}"
        f"{'import s':>10}{'first step s':>14}"
    ]
    for name, row in record["rows"].items():
        ratio = ""
        if ours and name != OURS:
            share = ours["memory_less_import_mib"] / row["memory_less_import_mib"]
            ratio = f"{share:.2f}x"
        lines.append(
            f"{FRAMEWORKS[name].title:<24}{row['memory_mib']:10,.0f}"
            f"{row['memory_less_import_mib']:13,.0f}{ratio:>9}{row['import_s']:10.1f}"
            f"{row['first_step_s']:14.1f}"
        )
    return lines


def profile(record: dict[str, Any]) -> str:
    """Where the time of a step goes: by layer, by part, by kernel."""
    total = sum(part["ms"] for part in record["parts"].values())
    lines = [
        f"{record['title']}, batch {record['batch_size']}: one step, median of {record['steps']}; "
        "Python is what was spent outside of kernels",
        "",
        f"{'layer':<46}{'forward ms':>11}{'backward ms':>12}{'share':>7}{'Python ms':>10}",
    ]
    for row in record["layers"]:
        share = (row["forward"] + row["backward"]) / total
        lines.append(
            f"{row['layer'][:45]:<46}{row['forward']:11.3f}{row['backward']:12.3f}{share:7.1%}"
            f"{row['python']:10.3f}"
        )
    lines += ["", f"{'part':<46}{'ms':>11}{'':12}{'share':>7}{'Python ms':>10}"]
    for name, part in record["parts"].items():
        share = part["ms"] / total
        lines.append(f"{name:<46}{part['ms']:11.3f}{'':12}{share:7.1%}{part['python']:10.3f}")
    lines += ["", f"{'kernel, first array':<46}{'ms':>11}{'calls':>12}{'share':>7}"]
    for row in record["kernels"]:
        share = row["ms"] / total
        if share < 0.001:
            continue
        lines.append(f"{row['kernel'][:45]:<46}{row['ms']:11.3f}{row['calls']:12}{share:7.1%}")
    plain = f"{record['unwatched']:.3f} ms without these clocks, {total:.3f} with them"
    return "\n".join([*lines, "", f"a step takes {plain}"])


def kernels(record: dict[str, Any]) -> str:
    """A line for each kernel, beside what the machine can do and what PyTorch needs."""
    most = record["ceilings"]
    lines = [
        f"batch {record['batch_size']}, {record['threads']} threads; this machine multiplies at "
        f"{most['square_gflops']:.0f} GFLOP/s (2048³; tall and thin {most['tall_gflops']:.0f}) "
        f"and copies at {most['copy_gbytes']:.1f} GB/s, read plus written",
        "",
        f"{'kernel':<44}{'ms':>9}{'':>16}{'of ceiling':>11}{'PyTorch ms':>12}{'ours is':>9}",
    ]
    for row in record["kernels"]:
        ours = theirs = ""
        if "ms" in row:
            figure = f"{row['figure']:.1f} {row['unit']}"
            ours = f"{row['ms']:9.3f}{figure:>16}{row['share']:11.0%}"
        if "pytorch_ms" in row:
            theirs = f"{row['pytorch_ms']:12.3f}"
            theirs += f"{row['ratio']:8.2f}x" if "ratio" in row else ""
        lines.append(f"{row['kernel']:<44}{ours:36}{theirs}")
    lines += [f"{name}: left out, {why}" for name, why in record["absent"].items()]
    return "\n".join(lines)


def cold(rows: dict[str, dict[str, float]]) -> str:
    """Seconds until the end of the first step, and of compiling in it."""
    lines = [f"{'nothing compiled before':<24}{'start s':>10}{'compiling s':>13}"]
    for name, row in rows.items():
        title = FRAMEWORKS[name].title
        lines.append(f"{title:<24}{row['start_s']:10.1f}{row['compile_s']:13.1f}")
    return "\n".join(lines)


def same(rows: dict[str, dict[str, Any]]) -> str:
    """How far the loss and the gradient of each framework are from ours."""
    lines = [f"{'from equal weights':<24}{'parameters':>12}{'loss':>10}{'gradient':>10}"]
    for name, row in rows.items():
        title = FRAMEWORKS[name].title
        lines.append(
            f"{title:<24}{row['parameters']:12,}{row['loss']:10.1e}{row['gradient']:10.1e}"
        )
    return "\n".join(lines)


def denormals(record: dict[str, Any]) -> str:
    """A step with weights of about 1e-41 beside one with ordinary weights."""
    head = f"{record['net']}, batch {record['batch_size']}, {record['threads']} threads"
    lines = [f"{head:<44}{'ms':>10}{'tiny weights ms':>17}{'ratio':>7}"]
    for name, row in record["rows"].items():
        title = FRAMEWORKS[name].title
        lines.append(
            f"{title:<44}{row['normal_ms']:10.2f}{row['tiny_ms']:17.2f}{row['ratio']:7.2f}"
        )
    return "\n".join(lines)


def growth(record: dict[str, Any]) -> str:
    """Milliseconds of a step at each size, and the fitted exponents."""
    lines = [
        f"milliseconds of a step, {record['threads']} threads; no larger size after a step of more "
        f"than {record['limit_s']:g} s; k is the slope over all sizes and over the last three"
    ]
    for axis in record["axes"]:
        sizes = sorted({int(size) for row in axis["rows"].values() for size in row["ms"]})
        lines += ["", f"{axis['axis']:<24}"]
        lines.append(f"{'':24}{''.join(f'{size:>10}' for size in sizes)}{'k':>7}{'last':>6}")
        for name, row in axis["rows"].items():
            times = "".join(
                f"{row['ms'][size]:10.2f}" if size in row["ms"] else f"{'-':>10}" for size in sizes
            )
            slopes = (row.get("exponent"), row.get("exponent_of_the_last_three"))
            shown = "".join(f"{k:6.2f}" if k is not None else "" for k in slopes)
            lines.append(f"{FRAMEWORKS[name].title:<24}{times} {shown}")
    lines += [f"{name}: left out, {why}" for name, why in record["absent"].items()]
    return "\n".join(lines)
