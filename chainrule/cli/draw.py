"""chainrule draw"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..printable import printable
from . import choices
from .arguments import DataDir
from .show import say


def draw(
    what: Annotated[
        str | None,
        Parameter(
            name="WHAT",
            help="Name of a figure; without it, the names are listed.",
            completer=choices.words(choices.registered("draw", "FIGURES")),
        ),
    ] = None,
    data: Annotated[
        str | None,
        Parameter(
            name="DATA", help="For augmentations: a data set or a folder.", completer=choices.DATA
        ),
    ] = None,
    /,
    *,
    out: Annotated[
        Path | None, Parameter(help="The file, .svg or .png; WHAT.svg by default.")
    ] = None,
    config: Annotated[
        Path | None, Parameter(help="For augmentations: a TOML file with a table [augment].")
    ] = None,
    set_: Annotated[
        list[str] | None,
        Parameter(
            name="--set",
            negative=(),
            help="For augmentations: a setting, as augment=crop-flip. Repeatable.",
            completer=choices.settings,
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Draw a figure, such as every activation with its derivative."""
    from ..draw import FIGURES
    from ..draw import draw as draw_figure
    from ..errors import InputError

    if what is None:
        for name, figure in FIGURES.items():
            say(f"{name:14}{figure.summary}")
        return
    if what == "augmentations":
        say(printable(_augmentations(data, out, config, set_ or (), data_dir)))
        return
    if data or config or set_ or data_dir:
        raise InputError(
            f"DATA, --config, --set and --data-dir are for 'draw augmentations', not for {what!r}"
        )
    say(printable(draw_figure(what, out)))


def _augmentations(
    data: str | None,
    out: Path | None,
    config: Path | None,
    set_: tuple[str, ...] | list[str],
    data_dir: Path | None,
) -> Path:
    """The [augment] of the settings on the data set that they name; every operation without."""
    from ..config import Settings, options, read_settings
    from ..draw import draw_augmentations
    from ..experiment import configure, load_inputs
    from ..experiment.factory import augment

    file = Settings({}) if config is None else read_settings(config)
    settings = configure(file, options({"data": "DATA"}, data=data), set_, data_dir)
    images = load_inputs(settings).train
    return draw_augmentations(images, augment(settings), out or Path("augmentations.svg"))
