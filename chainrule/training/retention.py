"""Which checkpoints of a folder stay, and which of them can be read."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..tensorfile import read_tensors
from ..types import Array

State = tuple[dict[str, Array], dict[str, Any]]


def checkpoint_path(folder: str | os.PathLike[str], step: int) -> Path:
    """Where the checkpoint after so many steps lies."""
    return Path(folder, f"step-{step:09}.safetensors")


def checkpoints(folder: str | os.PathLike[str]) -> dict[int, Path]:
    """The checkpoints of a folder by their steps, oldest first; none where there is no folder."""
    found = {}
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for name in os.listdir(folder):
            if match := re.fullmatch(r"step-(\d+)\.safetensors", name):
                found[int(match[1])] = Path(folder, name)
    return dict(sorted(found.items()))


def to_keep(
    steps: Iterable[int], *, last: int, every: int = 0, best: int | None = None
) -> set[int]:
    """Of the checkpoints after ``steps``, ascending: the ``last`` ones, the first one at or after
    each multiple of ``every`` steps (0: none for that reason), and the ``best`` one."""
    every_one = list(steps)
    kept = {step for step in every_one if step == best or step in every_one[-last:]}
    milestone = 0
    for step in every_one:
        if every and step // every > milestone:
            milestone = step // every
            kept.add(step)
    return kept


def prune(folder: str | os.PathLike[str], **rule: Any) -> None:
    """Remove what `to_keep` does not keep."""
    found = checkpoints(folder)
    kept = to_keep(found, **rule)
    for step, path in found.items():
        if step not in kept:
            with contextlib.suppress(OSError):  # it is tried again after the next one
                path.unlink(missing_ok=True)


def newest(
    folder: str | os.PathLike[str], say: Callable[[str], object]
) -> tuple[Path, State] | None:
    """The newest checkpoint of ``folder`` that can be read, and its content; None without any.

    Damaged ones on the way are said, and set aside under another name. Raises InputError if there
    are checkpoints and all of them are damaged.
    """
    found, damage = checkpoints(folder), ""
    for path in reversed(found.values()):
        try:
            state = read_tensors(path)
            if "checkpoint" not in state[1]:
                raise InputError(f"{path} is damaged: it is not a checkpoint")
        except InputError as error:
            damage = damage or str(error)
            continue
        _set_aside([newer for newer in found.values() if newer > path])
        if damage:
            say(f"{damage}; going on from the one before it, {path.name}")
        return path, state
    if damage:
        raise InputError(
            f"{damage}, and there is no other that can be read; to train again from the start, "
            f"remove {folder}"
        )
    return None


def _set_aside(damaged: Iterable[Path]) -> None:
    for path in damaged:
        path.rename(path.with_suffix(".damaged"))
