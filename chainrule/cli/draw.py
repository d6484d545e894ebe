"""chainrule draw"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from ..printable import printable
from . import choices
from .arguments import RUNS, DataDir, Runs, find_model
from .show import say


def draw(
    what: Annotated[
        str | None,
        Parameter(
            name="WHAT",
            help="Name of a figure; without it, the names are listed.",
            completer=choices.words(
                choices.registered("draw", "FIGURES"),
                choices.returned("draw", "known_model_figures"),
            ),
        ),
    ] = None,
    subject: Annotated[
        str | None,
        Parameter(
            name="RUN",
            help="For figures of a model: a run's name in --runs, its folder, or a model file. "
            "For augmentations: a data set or a folder.",
            completer=choices.runs(choices.data_sets, files=(".safetensors", *choices.TABLES)),
        ),
    ] = None,
    image: Annotated[
        str | None,
        Parameter(
            name="IMAGE",
            help="For figures of one image: its file; a test image by default.",
            completer=choices.IMAGE_FILES,
        ),
    ] = None,
    /,
    *,
    index: Annotated[
        int | None, Parameter(help="In place of IMAGE: which of the run's test images, from 0.")
    ] = None,
    layer: Annotated[
        str | None, Parameter(help="The path of the layer to draw, as layers.4.")
    ] = None,
    class_: Annotated[
        str | None, Parameter(name="--class", help="The name of the class to draw.")
    ] = None,
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
    runs: Runs = RUNS,
) -> None:
    """Draw a figure: of a trained model (filters, feature maps, nearest images …), or of what
    there is without one (activations, schedules …).

    Without WHAT, both are listed. An image is made to fit as by chainrule predict.
    """
    from ..draw import FIGURES
    from ..draw import draw as draw_figure
    from ..errors import did_you_mean

    if what is None:
        _list()
        return
    of_images = {"IMAGE": image, "--index": index, "--layer": layer, "--class": class_}
    of_settings = {"--config": config, "--set": set_}
    if what not in FIGURES:
        from ..draw import known_model_figures

        if what not in known_model_figures():
            near = did_you_mean(what, [*FIGURES, *known_model_figures()])
            raise InputError(f"no figure named {what!r}{near}")
        _refuse(what, of_settings, "'draw augmentations'")
        say(printable(_of_model(what, subject, out, of_images, data_dir, runs)))
        return
    _refuse(what, of_images, "figures of a model")
    if what == "augmentations":
        say(printable(_augmentations(subject, out, config, set_ or (), data_dir)))
        return
    if subject or config or set_ or data_dir:
        raise InputError(
            f"DATA, --config, --set and --data-dir are for 'draw augmentations', not for {what!r}"
        )
    say(printable(draw_figure(what, out)))


def _list() -> None:
    """Both tables, and what each figure of a model needs."""
    from ..draw import FIGURES, known_model_figures

    rows = known_model_figures()
    width = 2 + max(map(len, (*FIGURES, *rows)))
    say("chainrule draw WHAT")
    for name, figure in FIGURES.items():
        say(f"  {name:{width}}{figure.summary}")
    say("")
    say("chainrule draw WHAT RUN [IMAGE]")
    for name, row in rows.items():
        needs = {"train": "training images", "test": "test images", "image": "an image"}
        said = " and ".join(needs[each] for each in row.needs)
        say(f"  {name:{width}}{row.summary}{f' (needs {said})' if said else ''}")


def _refuse(what: str, given: dict[str, Any], home: str) -> None:
    """InputError for the first option that is given: it is of other figures."""
    for word, value in given.items():
        if value is not None:
            raise InputError(f"{word} is for {home}, not for {what!r}")


def _of_model(
    what: str,
    name: str | None,
    out: Path | None,
    given: dict[str, Any],
    data_dir: Path | None,
    runs: Path,
) -> Path:
    """The figure of the model of a run, or in a file."""
    from ..experiment import draw_model

    if name is None:
        raise InputError(
            f"{what}: expected a RUN or a model file, as in: chainrule draw {what} RUN"
        )
    model, _, run = find_model(name, runs)
    image, index, layer, class_ = given.values()
    return draw_model(
        model if run is None else run, what, out, image=image, index=index, layer=layer,
        target=class_, data_dir=data_dir,
    )  # fmt: skip


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
