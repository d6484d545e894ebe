"""The columns of a data frame: those of fit are expected again, in their order."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..errors import ChainruleWarning, InputError
from ..types import Array

MOST = 5  # names of a list in a message


def of(X: Any) -> Array | None:
    """The names of the columns of ``X``, objects (D,); None where it has none that are text."""
    columns = getattr(X, "columns", None)
    names = [] if columns is None or callable(columns) else list(columns)
    if names and all(isinstance(name, str) for name in names):
        return np.array(names, object)
    return None


def expect(name: str, fitted: Array | None, given: Array | None) -> None:
    """InputError for other columns than the classifier called ``name`` was fitted on, in the words
    of scikit-learn; a warning where only one of both has names."""
    if fitted is None or given is None:
        if fitted is not None or given is not None:
            said = (
                f"X has feature names, but {name} was fitted without feature names"
                if fitted is None
                else f"X does not have valid feature names, but {name} was fitted with feature "
                "names"
            )
            warnings.warn(said, ChainruleWarning, stacklevel=5)
        return
    if fitted.tolist() == given.tolist():
        return
    unseen, missing = sorted({*given} - {*fitted}), sorted({*fitted} - {*given})
    parts = [
        f"{said}:\n{_listed(names)}"
        for said, names in (
            ("Feature names unseen at fit time", unseen),
            ("Feature names seen at fit time, yet now missing", missing),
        )
        if names
    ] or ["Feature names must be in the same order as they were in fit.\n"]
    raise InputError(
        "The feature names should match those that were passed during fit.\n" + "".join(parts)
    )


def _listed(names: list[str]) -> str:
    more = ["..."] if len(names) > MOST else []
    return "".join(f"- {name}\n" for name in [*names[:MOST], *more])
