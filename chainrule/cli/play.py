"""chainrule play"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError, did_you_mean
from ..printable import printable
from . import choices
from .arguments import RUNS, DataDir, Runs, is_data, run_folder
from .show import say

if TYPE_CHECKING:
    from ..play.context import PlayContext


def play(
    target: Annotated[
        str | None,
        Parameter(
            name="TARGET",
            help="What the page begins with: a run, a model file, a data set, a folder of images "
            "or a .csv.",
            completer=choices.runs(choices.data_sets, files=(".safetensors", *choices.TABLES)),
        ),
    ] = None,
    /,
    *,
    port: Annotated[int, Parameter(help="Port to listen on; 0: a free one.")] = 0,
    host: Annotated[
        str,
        Parameter(
            help="Address to listen on. Others than this machine's own need the token in the "
            "address that is printed."
        ),
    ] = "127.0.0.1",
    browser: Annotated[bool, Parameter(help="Open the page in a browser.")] = True,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Open the playground: watch a net learn, ask it, step through its gradients.

    Prints the address and serves the page until Ctrl-C. A training that is going on then is saved,
    and can be resumed from the page or with: chainrule resume RUN. The page loads nothing from a
    network.
    """
    from ..play.server import serve

    if not 0 <= port <= 65535:
        raise InputError(f"--port: expected 0 to 65535, received {port}")
    context = context_of(target, data_dir, runs)
    serve(context, host, port, browser=browser, say=lambda text: say(printable(text)))


def context_of(target: str | None, data_dir: Path | None, runs: Path) -> PlayContext:
    """What a page may see, and what it begins with. InputError for a target that is nothing."""
    from ..data import NAMES
    from ..play.context import PlayContext

    if data_dir is not None and not data_dir.expanduser().is_dir():
        raise InputError(f"--data-dir: expected a folder, received {data_dir}")
    given: dict[str, Any] = {"runs": runs, "data_dir": data_dir}
    if target is None:
        return PlayContext(**given)
    path = Path(os.path.abspath(os.path.expanduser(target)))
    if target.endswith(".safetensors") and path.is_file():
        return PlayContext(**given, chosen={"kind": "model", "name": path.name}, extra=(path,))
    if (folder := run_folder(target, runs)) is not None:
        from ..training.run import Run

        run = Run.open(folder)
        place = Path(os.path.abspath(run.folder))
        return PlayContext(**given, chosen={"kind": "run", "name": place.name}, extra=(place,))
    if target in NAMES:
        return PlayContext(**given, chosen={"kind": "data", "name": target})
    if is_data(target):
        return PlayContext(**given, chosen={"kind": "data", "name": str(path)}, extra=(path,))
    known = [*NAMES, *(os.listdir(runs) if runs.is_dir() else [])]
    raise InputError(
        "TARGET: expected a run, a .safetensors file, a data set, a folder of images or a .csv, "
        f"received {target!r}{did_you_mean(target, known)}"
    )
