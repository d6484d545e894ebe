"""Figures as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..text import aligned
from .frameworks import FRAMEWORKS


def table(head: str, columns: Mapping[str, str], rows: Mapping[str, Any]) -> list[str]:
    """A line for each row: its name, or the framework's title, and under each head of ``columns``
    what the template there makes of it; nothing where a figure is missing.

    >>> print(*table("net", {"ms": "{ms:.1f}"}, {"mlp": {"ms": 2.04}, "vgg": {}}), sep="\\n")
    net   ms
    mlp  2.0
    vgg
    """
    cells = [(head, *columns)]
    cells += [
        (title(name), *(_cell(template, row) for template in columns.values()))
        for name, row in rows.items()
    ]
    return aligned(cells, right=range(1, len(columns) + 1))


def left_out(absent: Mapping[str, str]) -> list[str]:
    """A line for each that could not be timed, with the reason."""
    return [f"{title(name)}: left out, {why}" for name, why in absent.items()]


def title(name: str) -> str:
    return FRAMEWORKS[name].title if name in FRAMEWORKS else name


def _cell(template: str, row: Mapping[str, Any]) -> str:
    try:
        return template.format(**row)
    except KeyError:
        return ""
