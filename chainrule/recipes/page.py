"""Results as one HTML file, and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..markup import Child, Markup, el
from ..report.document import document
from ..text import duration, percent

Record = Mapping[str, Any]

STYLE = """
.wide { overflow-x: auto; }
.wide th, .wide td { padding-right: 20px; vertical-align: top; }
.wide th, .wide td { text-align: left; }
.wide tbody th { white-space: nowrap; }
.plot { margin: 20px 0; overflow-x: auto; }
.plot svg { width: 100%; height: auto; min-width: 420px; }
.missed { color: var(--bad); }
"""
REPORTS = {
    "A": "Report A: fully connected nets, four optimizers, MLP against CNN",
    "B": "Report B: a three-layer convolutional net on CIFAR-10",
    "C": "Report C: activations, schedules, augmentation, transfer",
    "D": "Report D: all normalizations, ResNet-18",
    "E": "Report E: from nearest neighbor to a three-layer net on MNIST",
    "record": "Records of our own",
}
NOT_RUN = "not run"


def page(records: Sequence[Record], pictures: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """All of ``records`` with their tables, and with their ``pictures``: (title, SVG) by name."""
    names = ", ".join(str(record["name"]) for record in records)
    title = names if len(records) == 1 else "Reproduction"
    header = el(
        "header",
        el("p", "chainrule · reproduction", class_="brand"),
        el("h1", title),
        el("p", records[0]["did"] if len(records) == 1 else "What five reports state, and ours."),
    )
    overview = [] if len(records) == 1 else [_overview(records)]
    titled = len(records) > 1
    parts = [_part(record, pictures.get(record["name"], ()), titled) for record in records]
    return document(f"{title} · chainrule", el("main", header, overview, parts), style=STYLE)


def _overview(records: Sequence[Record]) -> Markup:
    return el("section", el("h2", "All results"), _table(HEADER, [row(each) for each in records]))


HEADER = ("recipe", "what", "reported", "ours", "bar", "seconds")


def row(record: Record) -> list[str]:
    """What a table of all recipes says of one."""
    return [
        str(record["name"]),
        str(record["did"]),
        str(record["reported"]),
        ours(record),
        verdict(record),
        "–" if record.get("seconds") is None else f"{record['seconds']:,.0f}",
    ]


def ours(record: Record) -> str:
    """Our figure; "not run" where there is none."""
    return str(record.get("ours") or NOT_RUN)


def verdict(record: Record) -> str:
    """The bar, and whether it was met."""
    if not record.get("ours") or record.get("reached") is None:
        return str(record["bar"])
    return f"{record['bar']}: {'reached' if record['reached'] else 'missed'}"


def _part(record: Record, pictures: Sequence[tuple[str, str]], titled: bool) -> Markup:
    if not record.get("ours"):
        said: list[Child] = [el("p", f"Reported: {record['reported']}. Ours: {NOT_RUN}.")]
        return el("section", el("h2", record["name"]), el("p", record["did"]), said)
    missed = record["reached"] is False
    facts = [
        ("reported", record["reported"]),
        ("ours", record["ours"]),
        ("bar", verdict(record)),
        ("seeds", str(record["seeds"])),
        ("machine", f"{record['machine']['cpu']}, {record['machine']['cores']} cores"),
        ("date, commit", f"{record['date']}, {str(record['commit'])[:9]}"),
        ("command", command(record)),
    ]
    if record.get("seconds") is not None:
        facts.insert(3, ("training", duration(record["seconds"])))
    return el(
        "section",
        [el("h2", record["name"]), el("p", record["did"])] if titled else None,
        el("p", "A quick measurement: small, and no result.", class_="missed")
        if record["quick"]
        else None,
        el("div", _rows(facts), class_="wide missed-bar" if missed else "wide"),
        [el("p", note) for note in (*in_pytorch(record), *record["notes"])],
        [
            [el("h3", table["title"]), _table(table["header"], table["rows"])]
            for table in record["tables"]
        ],
        [
            el("figure", el("h3", title), Markup(svg), class_="plot")
            for title, svg in pictures
        ],
    )  # fmt: skip


def command(record: Record) -> str:
    """How the record is measured again."""
    said = f"chainrule reproduce {record['name']}"
    precision = record.get("precision", "float32")
    return said if precision == "float32" else f"{said} --precision {precision}"


def in_pytorch(record: Record) -> list[str]:
    """What the same net and recipe reached in PyTorch on the same batches, where it was run."""
    twin = record.get("pytorch")
    if not twin:
        return []
    reached = percent(twin["test_accuracy"], 2)
    if "with_test_time_augmentation" in twin:
        more = percent(twin["with_test_time_augmentation"], 2)
        reached += f", {more} with test-time augmentation,"
    return [
        f"the same net and recipe in PyTorch {twin['pytorch']} ({twin['precision']}), on the same "
        f"batches, seed {twin['seed']}: {reached} in {twin['seconds']:,.0f} s"
    ]


def _rows(facts: Sequence[tuple[str, str]]) -> Markup:
    rows = [el("tr", el("th", name, scope="row"), el("td", said)) for name, said in facts]
    return el("table", el("tbody", rows))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    head = el("tr", [el("th", name, scope="col") for name in header])
    body = [
        el("tr", el("th", first, scope="row"), [el("td", cell) for cell in others])
        for first, *others in rows
    ]
    return el("div", el("table", el("thead", head), el("tbody", body)), class_="wide")


def markdown(records: Sequence[Record]) -> str:
    """The same as a page of the documentation, its figures in ``../results/figures``."""
    lines = [
        "# Reproduction",
        "",
        "What five reports state, beside what `chainrule reproduce NAME` measures; "
        "`tools/reproduction.py` writes this page from `results/`.",
        "CIFAR-10 means re-encoded pictures where a note says so: on the published pixels "
        "accuracies are about 3.5 points higher.",
    ]
    for letter, title in REPORTS.items():
        mine = [each for each in records if str(each["name"]).partition("-")[0] == letter]
        if not mine:
            continue
        lines += ["", f"## {title}", "", f"| {' | '.join(HEADER)} |", "| --- " * len(HEADER) + "|"]
        lines += [
            f"| {' | '.join(cell.replace('|', '/') for cell in row(each))} |" for each in mine
        ]
        for each in mine:
            if each.get("ours"):
                lines += _details(each)
    return "\n".join(lines) + "\n"


def _details(record: Record) -> list[str]:
    machine, notes = record["machine"], [*in_pytorch(record), *record["notes"]]
    lines = [
        "",
        f"### {record['name']}",
        "",
        f"{record['did']}. Reported: {record['reported']}. Ours: {record['ours']} "
        f"({verdict(record)}).",
        f"{machine['cpu']}, {machine['cores']} cores, {record['date']}, commit "
        f"`{str(record['commit'])[:9]}`: `{command(record)}`.",
    ]
    lines += [line for note in notes for line in ("", f"{note[0].upper()}{note[1:]}.")]
    for table in record["tables"]:
        lines += ["", f"{table['title']}:", "", f"| {' | '.join(table['header'])} |"]
        lines += ["| --- " * len(table["header"]) + "|"]
        lines += [f"| {' | '.join(each)} |" for each in table["rows"]]
    for i, title in enumerate(record["plots"], start=1):
        lines += ["", f"![{title}](../results/figures/{record['name']}-{i}.svg)"]
    return lines
