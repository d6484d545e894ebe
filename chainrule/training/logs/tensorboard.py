"""Rows as event files that TensorBoard shows."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from typing import Any

from ...errors import InputError
from ...files import warn
from .log import Row

KEYS = ("step", "epoch", "name")


def writer() -> Any:
    """tensorboardX.SummaryWriter. InputError where the package is not installed."""
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise InputError(
            "event files for TensorBoard need the package tensorboardX: "
            "pip install 'chainrule[tensorboard]'"
        ) from None
    return SummaryWriter


class TensorBoard:
    """Every number of a row as a scalar: steps/loss, gradients/layers.1.weight/ratio …

    Look at them with ``tensorboard --logdir FOLDER``. Needs the extra ``tensorboard``; raises
    InputError without it. A resume tells TensorBoard to forget the steps that it takes again.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self._writer_of = writer()
        self._writer: Any = None

    def open(self, step: int) -> None:
        purge = step + 1 if step else None
        try:
            self._writer = self._writer_of(self.folder, purge_step=purge)
        except OSError as error:
            raise InputError(f"cannot write {self.folder}: {error.strerror or error}") from None

    def write(self, table: str, rows: Iterable[Row]) -> None:
        for row in rows:
            for column, value in row.items():
                if column in KEYS or value is None or not math.isfinite(value):
                    continue
                tag = "/".join([table, *([row["name"]] if "name" in row else []), column])
                self._try(lambda: self._writer.add_scalar(tag, value, row["step"]))  # noqa: B023

    def close(self) -> None:
        if self._writer is not None:
            self._try(self._writer.close)
            self._writer = None

    def _try(self, write: Callable[[], object]) -> None:
        """An event that cannot be written is lost: they lie in a queue that is not ours."""
        try:
            write()
        except OSError as error:
            warn(f"cannot write {self.folder}: {error.strerror or error}; some events are lost")
