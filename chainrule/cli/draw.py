"""chainrule draw"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def draw(
    what: Annotated[
        str | None, Parameter(name="WHAT", help="Of a picture; without it, they are listed.")
    ] = None,
    /,
    *,
    out: Annotated[
        Path | None, Parameter(help="The file, .svg or .png; WHAT.svg by default.")
    ] = None,
) -> None:
    """Draw a picture of what is inside, such as every activation with its derivative."""
    from ..draw import PICTURES
    from ..draw import draw as draw_picture

    if what is None:
        for name, picture in PICTURES.items():
            print(f"{name:14}{picture.summary}")
        return
    print(draw_picture(what, out))
