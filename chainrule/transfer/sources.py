"""Where a trained model comes from: a run, a file, or the name of a pre-trained one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from ..declared import checked
from ..errors import InputError, did_you_mean
from ..layers.base import Layer
from ..saving import load as load_file
from ..training.run import Run


def names() -> tuple[str, ...]:
    """The pre-trained models that have a name."""
    from ..weights import PRETRAINED  # whose readers cost a moment

    return tuple(PRETRAINED)


@checked
def load(source: str | os.PathLike[str]) -> Layer:
    """The trained model that ``source`` names: a pre-trained one, whose weights are fetched if they
    are missing; else the best one of a run, by its folder, or the one in a model file.

    A folder or a file that is called like a pre-trained model needs ``./`` before it. InputError
    for anything that is none, and for a run without a model.

    >>> import tempfile
    >>> import chainrule as cr
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cr.save(cr.models.mlp(64, (8,), 10).init(0), f"{folder}/digits.safetensors")
    ...     load(f"{folder}/digits.safetensors")[-1]
    Linear(8, 10)
    """
    name = os.fspath(source)
    if name in names():
        from ..weights import pretrained

        return pretrained(name)
    path = Path(os.path.expanduser(name))
    if not name or not path.exists():
        hint = did_you_mean(name, names()) if Path(name).name == name else ""
        raise InputError(
            f"source: expected a pre-trained model, a run or a model file, received {name!r}"
            f"{hint or ', and there is no such file or folder'}"
        )
    if not path.is_dir():
        return load_file(path)
    run = Run.open(path)
    if not run.model.exists():
        raise InputError(f"source: {path} is a run without a model yet: train it first")
    return load_file(run.model)


def weights_sha256(model: Layer) -> str:
    """What tells these weights from others, in 64 hex digits: over paths, shapes and numbers."""
    digest = hashlib.sha256()
    for path, array in sorted(model.state().items()):
        digest.update(repr((path, array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
