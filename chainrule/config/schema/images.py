"""[images]: how the images of a folder or a CSV file are read."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ...ranges import NonNegativeFloat, Share
from ..derive import Table

Side = Annotated[int, Meta(ge=1, le=10_000)]


class ImagesConfig(Table, frozen=True):
    """[images] See ``chainrule.data.folder.ImageOptions``. A run's own file says what was
    found where this says 0 or "auto"."""

    image_size: Annotated[int, Meta(ge=0, le=10_000)] | tuple[Side, ...] = (
        0  # of two: msgspec 0.22 crashes if told
    )
    color: Literal["auto", "rgb", "gray"] = "auto"
    resize: Literal["stretch", "crop", "pad"] = "stretch"
    test: Share = 0.2
    root: str = ""
    cache_dir: str = ""
    cache_gb: NonNegativeFloat = 20.0
