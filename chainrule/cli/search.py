"""chainrule search"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..printable import printable
from .arguments import AsJson, Changes, DataDir
from .show import remark, say, say_json, table

if TYPE_CHECKING:
    from ..search import Plan

SEARCHES = Path("searches")
SHOWN = 10


def search(
    config: Annotated[Path, Parameter(name="CONFIG", help="A TOML file with a table [search].")],
    /,
    *,
    trials: Annotated[int | None, Parameter(help="How many, instead of search.trials.")] = None,
    processes: Annotated[
        int,
        Parameter(help="Processes that train at a time, each on its share of the cores."),
    ] = 1,
    study: Annotated[
        str | None,
        Parameter(help="A file or the URL of a data base that processes of many hosts share."),
    ] = None,
    name: Annotated[
        str | None, Parameter(help="Of the folder in searches/; else that of CONFIG.")
    ] = None,
    set_: Changes = None,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> int:
    """Search for settings: train many runs, and say which settings win.

    CONFIG is a configuration with a table [search]: sampler (grid, random, coarse-to-fine, tpe),
    pruner (none, median, successive-halving, hyperband), trials, and [search.space], as
    "optimizer.lr" = {log = [1e-4, 1e-1]}. A search that was killed goes on when it is called again,
    and several processes may work on one. Trials are chosen by validation accuracy, and are runs in
    searches/NAME/trials.
    """
    from .. import require
    from ..config import assignments
    from ..errors import InputError
    from ..search import read_plan
    from ..search import search as run_search
    from ..search.report import conclude
    from ..training.history import Progress

    require.integer(1, **{"--processes": processes})
    if trials is not None:
        require.integer(1, **{"--trials": trials})
    if name is not None and (name != Path(name).name or name in ("", "..")):
        raise InputError(f"--name: expected the name of a folder, received {name!r}")
    base = assignments(set_ or ())
    if data_dir is not None:
        base = type(base)({**base.values, "data_dir": os.path.abspath(data_dir)}, base.place)
    plan = read_plan(config, base, trials)
    folder = SEARCHES / (name or config.stem)
    if processes > 1:
        again = [str(config), *_given("--trials", trials), *_given("--study", study),
                 *_given("--name", name), *_given("--data-dir", data_dir),
                 *(part for each in set_ or () for part in ("--set", each))]  # fmt: skip
        if code := _share(again, processes, silent=json):
            return code
    talk = (lambda line: None) if json else say
    callbacks = (lambda: ()) if json else (lambda: (Progress(),))
    found = run_search(plan, folder, study=study, callbacks=callbacks, say=talk)
    record = conclude(found, plan, folder)
    if json:
        say_json(record)
    else:
        _print(plan, record, folder)
    return 0


def _given(option: str, value: object) -> tuple[str, ...]:
    return () if value is None else (option, str(value))


def _share(arguments: list[str], count: int, *, silent: bool) -> int:
    """The search in ``count`` processes, each with its share of the cores, the first one's lines
    shown; the first exit code that is not 0."""
    from ..machine import usable_cores

    threads = str(max(1, usable_cores() // count))
    names = ("OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
    program = [sys.executable, "-m", "chainrule", "search", *arguments]
    running = [
        subprocess.Popen(
            program,
            env=os.environ | dict.fromkeys(names, threads),
            stdout=subprocess.DEVNULL if silent or i else None,
        )
        for i in range(count)
    ]
    try:
        codes = [process.wait() for process in running]
    except KeyboardInterrupt:  # they have had it too, and save what they did
        for process in running:
            process.wait()
        raise
    return next((code for code in codes if code), 0)


def _print(plan: Plan, record: dict[str, Any], folder: Path) -> None:
    from ..search.page import HEADER, row_cells
    from ..search.results import Row

    names = [dimension.name for dimension in plan.space]
    rows = [Row(**each) for each in record["trials"]]
    table((*HEADER, *names), [row_cells(row, names) for row in rows[:SHOWN]], right=(1, 3, 4))
    if len(rows) > SHOWN:
        remark(f"… {len(rows) - SHOWN} more")
    for line in record["notes"]:
        say(line)
    say(f"page {printable(folder / 'search.html')}")
