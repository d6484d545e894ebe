"""A model for PyTorch: safetensors in its names and layouts, and timm's configuration."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path

import numpy as np

from ..declared import checked
from ..device import expect_on_cpu
from ..errors import InputError
from ..layers.base import Layer, named_parameters
from ..types import Array
from ..weights import from_torch, save_torch
from ..weights import to_torch as renamed
from .exported import Exported
from .planning import plan
from .verification import samples


@checked
def to_torch(
    model: Layer,
    folder: str | os.PathLike[str],
    *,
    library: str | None = None,
    images: Array | None = None,
) -> Exported:
    """Write ``model.safetensors`` and ``config.json`` into ``folder``, which is made, as
    `chainrule.weights.save_torch` does, which says how PyTorch loads them.

    Before anything is written, the weights are read back under their new names and layouts into a
    copy of the model, which must answer as the model does: on random images and on ``images``
    (N, H, W, C).

    InputError for a library that has no such net, and for a model that does not say which images
    and classes it is for.

    >>> import tempfile
    >>> from chainrule import models
    >>> from chainrule.layers import Signature
    >>> model = models.mlp((8, 8, 1), (16,), 10).init(0)
    >>> model.signature = Signature((8, 8, 1), tuple("0123456789"))
    >>> with tempfile.TemporaryDirectory() as place:
    ...     to_torch(model, f"{place}/torch").difference
    0.0
    """
    expect_on_cpu(model)
    copy = deepcopy(model)
    for _, parameter in named_parameters(copy):  # so that all of them come from what is written
        parameter.value = np.zeros_like(parameter.value)
    from_torch(copy, renamed(model, library=library))
    checks = samples(plan(model), images)
    difference = max(float(np.abs(copy(x) - model(x)).max()) for x in checks)
    if difference:
        raise InputError(
            f"model: its weights, read back, give other outputs, by {difference:.1e}: not written"
        )
    place = save_torch(model, Path(os.path.expanduser(os.fsdecode(folder))), library=library)
    files = (place / "model.safetensors", place / "config.json")
    size = sum(file.stat().st_size for file in files)
    return Exported(place, files, size, difference, sum(map(len, checks)))
