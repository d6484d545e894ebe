"""The training that a user means by a TOML file, a run, data, a kind of model, or by nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .arguments import is_data, open_run, run_folder

if TYPE_CHECKING:
    from ..config import Config, Settings


def configured(
    target: str | None,
    data: str | None,
    batch_size: int | None,
    assigned: Sequence[str],
    data_dir: Path | None,
    runs: Path,
) -> Config:
    """The configuration of ``target``, which options overrule, and --set overrules all.

    InputError for a target that is nothing of this, and for a second data set beside one.
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
    named = _named(target, runs)
    if data is not None and named.names.get("data") == "TARGET":
        raise InputError(f"--data: expected none beside the data {target}, received {data!r}")
    last = assignments(assigned)
    typed = "data" in last.values or data is not None or named.names.get("data") == "TARGET"
    return with_data_dir(resolve(named, options, last), data_dir, typed)


def with_data_dir(config: Config, data_dir: Path | None, typed: bool) -> Config:
    """``config`` with its data where --data-dir says that they lie now.

    A path that was ``typed`` on the same line says itself where it is. InputError for a folder that
    does not exist; of data sets that have names the readers say so, and how to get them.
    """
    from ..data import NAMES
    from ..experiment.inputs import relocated

    if data_dir is None or (config.data in NAMES and config.data != "digits"):
        return config
    folder = os.path.abspath(os.path.expanduser(data_dir))
    if config.data in NAMES or not typed:
        return relocated(config, folder)
    if not os.path.isdir(folder):
        raise InputError(f"--data-dir: expected a folder, received {folder}")
    return config


def settings_file(file: Path) -> Settings:
    """The settings in a TOML file of a user's, or in the one that a run wrote."""
    from ..config import read_settings
    from ..training import Run

    run = Run(file.parent)
    return read_settings(file, by_run=file.name == run.config.name and run.log.is_file())


def _named(target: str | None, runs: Path) -> Any:
    from ..config import Settings, read_settings
    from ..data import NAMES
    from ..models import MODELS

    if target is None:
        return Settings({})
    found = run_folder(target, runs)
    if target in MODELS and not (runs / target).is_dir():
        return Settings({"model": {"name": target}}, place="TARGET")
    if found is None and (target in NAMES or is_data(target)):
        return Settings({"data": target}, names={"data": "TARGET"})
    if os.path.isfile(target) and not target.endswith(".safetensors"):
        return settings_file(Path(target))
    if os.path.isfile(target) and found is None:
        raise InputError(
            f"TARGET: {target} is a model that lies in no run, so how it is trained is unknown: "
            "give a run, a TOML file or data"
        )
    try:
        return read_settings(open_run(target, runs).config, by_run=True)
    except InputError as error:
        if os.path.exists(target):
            raise
        raise InputError(
            f"{error}; it is no TOML file either, and no kind of model ({', '.join(MODELS)}), no "
            "folder of images and no .csv file"
        ) from None
