"""What tables are made of, and the types of settings that belong to no part."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Duration = (
    Annotated[float, Meta(ge=0)]
    | Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?[smh]?$",
            description="a time as in 90s, 10m or 1.5h",
        ),
    ]
)
"""Seconds, or a text that ``config.durations.seconds`` turns into seconds."""


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of one form."""


class Named(Table, tag_field="name", frozen=True):
    """One form of a table with several: the key ``name`` says which."""


class OfKind(Table, tag_field="kind", frozen=True):
    """One form of a table that may be off: the key ``kind`` says which, "none" is off."""
