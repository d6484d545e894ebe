"""``augment = "crop-flip"`` stands for ``augment.preset``, and a preset for its operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ..data.augment import OPERATIONS, PRESETS
from .overlay import SHORT, Settings, merge


def spelled_out(source: Settings) -> Settings:
    """The settings with each word for a whole table put into the table."""
    values = {
        table: {SHORT[table]: value} if table in SHORT and isinstance(value, str) else value
        for table, value in source.values.items()
    }
    return replace(source, values=values)


def operations(sources: Sequence[Settings]) -> Settings:
    """The tables of the preset that the sources choose, for them to overrule; none if there is
    no such preset."""
    augment = merge(sources)[0].get("augment")
    name = augment.get("preset") if isinstance(augment, Mapping) else None
    if not isinstance(name, str) or name not in PRESETS:
        return Settings({})
    names = {kind: key for key, kind in OPERATIONS.items()}
    tables: dict[str, Any] = {names[type(each)]: asdict(each) for each in PRESETS[name]}
    return Settings({"augment": {"preset": name, **tables}})
