"""What the views share: the folders that a page may name, the runs and models in them, and the one
thread on which everything is computed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InputError
from ..printable import printable, received

if TYPE_CHECKING:
    from ..layers.base import Layer
    from ..training.run import Run

T = TypeVar("T")

_THREAD = ThreadPoolExecutor(1, "chainrule-play")


async def compute(function: Callable[..., T], *given: Any, **values: Any) -> T:
    """``function(*given, **values)`` on the one thread of this process that computes.

    There is one because compiled kernels may not run on two threads at once, and because `observe`
    changes the layers that it looks at. The calls of all pages take turns.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREAD, partial(function, *given, **values))


@dataclass
class PlayContext:
    """What ``chainrule play`` was started with, and what its views have made since.

    runs      the folder of the run folders
    chosen    the run, model or data of the command line: {"kind": …, "name": …}, or {}
    extra     folders and files outside of the working directory that the command line named
    data_dir  where data sets with a name lie; None: the usual places
    shared    what a view keeps for all pages, under its name
    """

    runs: Path = Path("runs")
    chosen: dict[str, str] = field(default_factory=dict)
    extra: tuple[Path, ...] = ()
    data_dir: Path | None = None
    shared: dict[str, Any] = field(default_factory=dict, repr=False)
    _models: dict[str, tuple[tuple[int, int], Layer]] = field(default_factory=dict, repr=False)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Those that a page may name files in: the working directory, the runs, and `extra`."""
        return tuple(Path(f).resolve() for f in (Path.cwd(), self.runs, *self.extra))

    def place(self, name: Any) -> Path:
        """The path that a page names, absolute or from the working directory. InputError unless
        it exists and lies in one of `folders`, also after links are followed."""
        if not isinstance(name, str) or not name or "\0" in name:
            raise InputError(f"expected a path, received {received(name)}")
        try:
            path = Path(name).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            path = None
        if path is None or not any(path == f or f in path.parents for f in self.folders):
            raise InputError(
                f"expected a file or folder in {printable(Path.cwd())}, or the one that chainrule "
                f"play was started with, received {received(name)}"
            )
        return path

    def run(self, name: Any) -> Run:
        """The run of this name in `runs`, or the one that was chosen. InputError for others."""
        from ..training.run import Run

        if self.chosen.get("kind") == "run" and name == self.chosen["name"]:
            return Run.open(self.extra[0] if self.extra else self.runs / name)
        if not isinstance(name, str) or name != Path(name).name or name in ("", ".", ".."):
            raise InputError(f"expected the name of a run, received {received(name)}")
        if not (self.runs / name).is_dir():
            raise InputError(f"no run {printable(name)!r} in {printable(self.runs)}")
        return Run.open(self.runs / name)

    def run_names(self) -> list[str]:
        """The runs in `runs`, the one begun last first, with the chosen one before them."""
        found = []
        try:
            with os.scandir(self.runs) as entries:
                for entry in entries:
                    config = Path(entry.path, "config.toml")
                    if config.is_file():
                        found.append((config.stat().st_mtime, entry.name))
        except OSError:
            pass
        names = [name for _, name in sorted(found, reverse=True)]
        if self.chosen.get("kind") == "run" and self.chosen["name"] not in names:
            names.insert(0, self.chosen["name"])
        return names

    def models(self) -> list[str]:
        """The names that `model` takes: runs that have a model, and the file that was chosen."""
        own = [self.chosen["name"]] if self.chosen.get("kind") == "model" else []
        return own + [name for name in self.run_names() if self.run(name).model.is_file()]

    def model_file(self, name: Any) -> Path:
        """The file of a model in `models`. InputError for others."""
        if self.chosen.get("kind") == "model" and name == self.chosen["name"]:
            return self.extra[0]
        file = self.run(name).model
        if not file.is_file():
            raise InputError(f"the run {printable(str(name))} has no model yet")
        return file

    def model(self, name: Any) -> Layer:
        """The best model of a run, or the one in the chosen file; read again when it changes.
        To be called where `compute` computes."""
        from ..saving import load

        file = self.model_file(name)
        stat = file.stat()
        stamp = stat.st_mtime_ns, stat.st_size
        known = self._models.get(name)
        if known is None or known[0] != stamp:
            while len(self._models) > 3:
                self._models.pop(next(iter(self._models)))
            known = self._models[name] = stamp, load(file)
        return known[1]
