"""The training that a user means by a TOML file, a run, a kind of model, or by nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .places import open_run

if TYPE_CHECKING:
    from ..config import Config


def configured(
    target: str | None,
    data: str | None,
    batch_size: int | None,
    assigned: Sequence[str],
    data_dir: Path | None,
    runs: Path,
) -> Config:
    """The configuration of ``target``, which options overrule, and --set overrules all.

    InputError for a target that is none of the three.
    """
    from ..config import Settings, assignments, resolve

    given: dict[str, Any] = {
        "data": data,
        "batch_size": batch_size,
        "data_dir": data_dir and os.path.abspath(os.path.expanduser(data_dir)),
    }
    options = Settings(
        {key: value for key, value in given.items() if value is not None},
        names={key: f"--{key.replace('_', '-')}" for key in given},
    )
    return resolve(_named(target, runs), options, assignments(assigned))


def _named(target: str | None, runs: Path) -> Any:
    from ..config import Settings, read_settings
    from ..models import MODELS

    if target is None:
        return Settings({})
    if target in MODELS and not (runs / target).is_dir():
        return Settings({"model": {"name": target}}, place="TARGET")
    if Path(target).is_file():
        return read_settings(target)
    try:
        return read_settings(open_run(target, runs).config)
    except InputError as error:
        if Path(target).exists():
            raise
        raise InputError(
            f"{error}; it is no TOML file either, and no kind of model ({', '.join(MODELS)})"
        ) from None
