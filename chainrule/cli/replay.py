"""chainrule replay"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..files import WriteFailed, warn
from ..printable import printable
from .arguments import RUNS, AsJson, DataDir, RunName, Runs, open_run
from .show import remark, say, say_json

if TYPE_CHECKING:
    from ..replay import Replay


def replay(
    run: RunName,
    /,
    *,
    step: Annotated[
        int | None,
        Parameter(
            help="The step, from 1; else the first that was not finite, or the highest rise."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        Parameter(
            help="The picture of the images, .png, .svg or .pdf; else replay-STEP.png in the run."
        ),
    ] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
) -> None:
    """Replay a step of a run, and show where a NaN or a spike of the loss came from.

    Every run of one process keeps a record of its last steps. Replay goes on from the nearest
    checkpoint before the step, bit for bit as the training did, compares each loss with the
    recorded one, and shows which layer, forward or backward, was the first with a value that is
    not finite or stands out, in which images of the batch, and what the update did to the
    weights. The files of the training stay as they are.
    """
    from .. import replay as replaying
    from .. import require
    from ..plotting import expect_drawable
    from . import show

    if step is not None:
        require.integer(1, **{"--step": step})
    if out is not None:
        expect_drawable(out)
    opened = open_run(run, runs)
    try:
        found = show.announced(replaying.replay)(
            opened, step, data_dir, (lambda text: None) if json else remark
        )
    except InputError as error:
        text = str(error)
        if not text.startswith("step: "):
            raise
        raise InputError(f"--{text}") from None
    drawn = _drawn(found, out, opened.folder)
    if json:
        say_json(found.document() | {"picture": None if drawn is None else str(drawn)})
        return
    say(found)
    if drawn is not None:
        say(f"\nimages     {printable(drawn)}")


def _drawn(found: Replay, out: Path | None, folder: Path) -> Path | None:
    """The picture; none without images, and where the run cannot be written."""
    if not found.shown:
        return None
    if out is not None:
        return found.draw(out)
    try:
        return found.draw(folder / f"replay-{found.step}.png")
    except WriteFailed as error:
        warn(f"{error}; --out puts the picture elsewhere")
        return None
