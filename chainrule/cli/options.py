"""Options that several commands have, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from . import choices

Target = Annotated[
    str | None,
    Parameter(
        name="TARGET",
        help="A TOML file, a run, a folder or .csv, or a kind of model: "
        f"{', '.join(choices.models())}.",
        completer=choices.runs(
            choices.models, choices.data_sets, files=(".toml", ".safetensors", *choices.TABLES)
        ),
    ),
]
DataSet = Annotated[
    str | None, Parameter(help="The data set, digits by default.", completer=choices.DATA)
]
Model = Annotated[
    str | None,
    Parameter(
        help=f"Kind of model: {', '.join(choices.models())}.",
        completer=choices.MODELS,
    ),
]
Config = Annotated[
    Path | None,
    Parameter(help="Settings in a TOML file: chainrule settings --toml writes one to fill in."),
]
BatchSize = Annotated[int | None, Parameter(help="Images per step.")]
Changes = Annotated[
    list[str] | None,
    Parameter(
        name="--set",
        negative=(),
        help="A setting: optimizer.lr=0.01. Repeatable; chainrule settings lists them. "
        f"Presets, as augment=flip: {', '.join(choices.presets())}.",
        completer=choices.settings,
    ),
]
