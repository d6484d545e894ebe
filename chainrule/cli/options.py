"""Options that several commands have, in the same words."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Target = Annotated[
    str | None,
    Parameter(
        name="TARGET",
        help="A TOML file, a run, a folder or .csv, or a kind of model (mlp …).",
    ),
]
DataSet = Annotated[str | None, Parameter(help="The data set, digits by default.")]
BatchSize = Annotated[int | None, Parameter(help="Images per step.")]
Changes = Annotated[
    list[str] | None,
    Parameter(name="--set", negative=(), help="A setting: optimizer.lr=0.01. Repeatable."),
]
