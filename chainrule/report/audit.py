"""An audit as one HTML file, with the images in question."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.audit import LEVELS
from ..data.formats.thumbnails import data_uri
from ..files import atomic_write
from ..markup import Markup, el
from ..text import plural
from ..types import Array
from .document import document

if TYPE_CHECKING:
    from ..data.audit import Audit, Finding, Subject

GROUPS, MEMBERS, NAMES = 24, 6, 50
"""What is shown of a finding at most."""

STYLE = """
.groups { display: flex; flex-wrap: wrap; gap: 14px 22px; }
.groups > div { display: flex; gap: 4px; }
.groups .image { width: 96px; }
.image.test { background: var(--line); }
"""


def write_audit(audit: Audit, path: str | os.PathLike[str]) -> Path:
    """Write the page, one file that needs no network, and return its path.

    Raises InputError if it cannot be written.
    """
    atomic_write(path, page(audit).encode("utf-8", "backslashreplace"))
    return Path(path)


def page(audit: Audit) -> str:
    """The whole document."""
    name = Path(audit.subject.place).name or audit.subject.place
    header = el(
        "header", el("p", "chainrule · data audit", class_="brand"), el("h1", name), _about(audit)
    )
    sections = [_section(audit.subject, finding) for finding in audit.findings]
    main = el("main", header, _headline(audit), sections, _classes(audit.subject))
    return document(f"{name} · audit · chainrule", main, style=STYLE)


def _about(audit: Audit) -> Markup:
    subject = audit.subject
    parts = [(part, int((subject.parts == part).sum())) for part in ("train", "validation", "test")]
    counts = ", ".join(f"{count:,} {part}" for part, count in parts if count)
    images = "image" if len(subject.parts) == 1 else "images"
    return el("p", f"{counts} {images} of {plural(len(subject.classes), 'class')}")


def _headline(audit: Audit) -> Markup:
    levels = [finding.level for finding in audit.findings]
    tiles = [(f"{level}s".capitalize(), str(levels.count(level))) for level in LEVELS]
    verdict = "Ready to train on" if audit.passed else "Not ready"
    return el(
        "section",
        el("div", el("div", "Verdict", class_="name"), el("h2", verdict), class_="hero"),
        el("dl", [el("div", el("dt", k), el("dd", v)) for k, v in tiles]),
        class_="headline",
    )


def _section(subject: Subject, finding: Finding) -> Markup:
    shown = finding.groups[:GROUPS]
    rest = len(finding.groups) + len(finding.names) - len(shown) - min(len(finding.names), NAMES)
    groups = [el("div", [_card(subject, i) for i in group[:MEMBERS]]) for group in shown]
    return el(
        "section",
        el("h2", f"{finding.level.capitalize()}: {finding.says}"),
        el("p", f"{finding.fix} ({finding.name})"),
        el("ul", [el("li", el("code", name)) for name in finding.names[:NAMES]])
        if finding.names
        else None,
        el("div", groups, class_="groups") if groups else None,
        el("p", f"and {rest:,} more") if rest else None,
        class_="notice" if finding.level == "error" else None,
    )


def _card(subject: Subject, i: int) -> Markup:
    name, part, label = subject.names[i], str(subject.parts[i]), subject.label(i)
    size = f"{subject.records['width'][i]}x{subject.records['height'][i]}"
    return el(
        "figure",
        el("img", src=data_uri(_pixels(subject, i)), alt=name, title=f"{name}, {size}"),
        el("figcaption", label, el("small", f"{part}: {name.rpartition('/')[2]}")),
        class_=f"image {part}",
        tabindex="0",
    )


def _pixels(subject: Subject, i: int) -> Array:
    """The image itself, small; what is known of its looks if the file is gone by now."""
    for dataset in subject.images:
        if i < len(dataset):
            return np.asarray(dataset.images[i])
        i -= len(dataset)
    thumb: Array = subject.records["thumb"][i]
    if subject.listing is None:
        return thumb
    from ..data.formats.images import open_upright

    try:
        image = open_upright(io.BytesIO(Path(subject.listing.path(i)).read_bytes()), 128)
        image.thumbnail((64, 64))
        return np.array(image.convert("RGB"))
    except Exception:  # damaged files make decoders raise anything at all
        return thumb


def _classes(subject: Subject) -> Markup:
    """How many images each class has in each part, the largest first."""
    k = len(subject.classes)
    good = subject.good
    counts = {
        part: np.bincount(subject.labels[good][subject.parts[good] == part], minlength=k)
        for part in ("train", "validation", "test")
    }
    counts = {part: n for part, n in counts.items() if n.any()}
    total = sum(counts.values(), np.zeros(k, np.int64))
    most = max(1, int(total.max(initial=0)))
    rows = [
        el(
            "tr",
            el("th", subject.classes[i], scope="row"),
            el("td", el("div", el("i", style=f"width:{100 * total[i] / most:.1f}%"), class_="bar")),
            [el("td", f"{n[i]:,}", class_="number") for n in counts.values()],
        )
        for i in np.argsort(-total, kind="stable")[:200].tolist()
    ]
    head = el("tr", [el("th", text, scope="col") for text in ("class", "", *counts)])
    table = el("table", el("thead", head), el("tbody", rows))
    return el("section", el("h2", "Classes"), el("div", table, class_="classes"))
