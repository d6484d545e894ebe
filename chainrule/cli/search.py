"""chainrule search"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Sequence
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
STUDY = "CHAINRULE_STUDY"


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
        Parameter(
            help="A file on a shared disk, or the URL of a PostgreSQL database, for many hosts; "
            "else searches/NAME/journal.log.",
            env_var=STUDY,
        ),
    ] = None,
    status: Annotated[
        bool, Parameter(help="Show the trials by host, and train nothing.", negative=())
    ] = False,
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
    and processes of any hosts work on one together when each is started with the same command: in
    shells, by Slurm or by mpiexec. Trials of those that die are taken over. Trials are chosen by
    validation accuracy, and are runs in searches/NAME/trials.
    """
    from ..machine import local_processes, threads_beside_others

    os.environ |= threads_beside_others()  # before NumPy and Numba count the cores
    from .. import require
    from ..search import search as run_search
    from ..search.report import conclude
    from ..training.history import Progress

    require.integer(1, **{"--processes": processes})
    if trials is not None:
        require.integer(1, **{"--trials": trials})
    folder = _folder(config, name)
    if study == os.environ.get(STUDY) == "":  # set, and empty: as if it were not
        study = None
    plan = _plan(config, trials, set_, data_dir)
    if status:
        _status(plan, folder, study, as_json=json)
        return 0
    if processes > 1:
        again = [str(config), *_given("--trials", trials), *_given("--name", name),
                 *_given("--data-dir", data_dir),
                 *(part for each in set_ or () for part in ("--set", each))]  # fmt: skip
        if code := _share(again, study, processes, silent=json):
            return code
    talk = (lambda line: None) if json else say
    # Bars of several processes would cross each other.
    quiet = json or local_processes() > 1
    found = run_search(
        plan, folder, study=study, callbacks=lambda: (Progress(_console(quiet)),), say=talk
    )
    record = conclude(found, plan, folder)
    if json:
        say_json(record)
    else:
        _print(plan, record, folder)
    return 0


def _folder(config: Path, name: str | None) -> Path:
    from ..errors import InputError

    if name is not None and (name != Path(name).name or name in ("", "..")):
        raise InputError(f"--name: expected the name of a folder, received {name!r}")
    return SEARCHES / (name or config.stem)


def _plan(
    config: Path, trials: int | None, set_: Sequence[str] | None, data_dir: Path | None
) -> Plan:
    from ..config import assignments
    from ..search import read_plan

    base = assignments(set_ or ())
    if data_dir is not None:
        base = type(base)({**base.values, "data_dir": os.path.abspath(data_dir)}, base.place)
    return read_plan(config, base, trials)


def _console(quiet: bool) -> Any:
    """What progress is shown on; with ``quiet`` one that shows nothing, also on a terminal, where
    `Trainer.fit` would else show its own."""
    from ..terminal import console

    return console(quiet=True, force_terminal=False) if quiet else None


def _given(option: str, value: object) -> tuple[str, ...]:
    return () if value is None else (option, str(value))


def _share(arguments: list[str], study: str | None, count: int, *, silent: bool) -> int:
    """The search in ``count`` processes, each with its share of the cores, the first one's lines
    shown; the first exit code that is not 0."""
    from ..machine import thread_settings, usable_cores

    # The study is not among the arguments, which every user of the host can see.
    settings = thread_settings(usable_cores() // count) | ({} if study is None else {STUDY: study})
    program = [sys.executable, "-m", "chainrule", "search", *arguments]
    running = [
        subprocess.Popen(
            program,
            env=os.environ | settings,
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


def _status(plan: Plan, folder: Path, study: str | None, *, as_json: bool) -> None:
    from ..search.page import moves
    from ..search.report import as_record
    from ..search.study import look
    from ..text import duration, plural

    found, record = as_record(look(plan, folder, study), plan, folder)
    if as_json:
        say_json(record)
        return
    say(f"{plural(len(found), 'trial')} of {plan.trials:,}")
    if record["hosts"]:
        _print_hosts(record["hosts"])
    unfinished = (row for row in found if row.state in ("running", "stale"))
    running = sorted(unfinished, key=lambda row: row.number)
    if running:
        say()
        cells = [
            [f"{r.number:04}", r.state, r.host, str(r.workers[-1]["pid"]) if r.workers else "–",
             str(r.epochs or 0), duration(math.nan if r.silence is None else r.silence)]
            for r in running
        ]  # fmt: skip
        table(("trial", "state", "host", "pid", "epoch", "last heartbeat"), cells, right=(3, 4, 5))
    for row in sorted(found, key=lambda row: row.number):
        if len(row.workers) > 1:
            say(printable(moves(row)))
    for line in record["notes"]:
        say(line)


def _print_hosts(hosts: list[dict[str, Any]]) -> None:
    table(tuple(hosts[0]), [[str(v) for v in h.values()] for h in hosts], right=range(1, 6))


def _print(plan: Plan, record: dict[str, Any], folder: Path) -> None:
    from ..search.page import HEADER, row_cells
    from ..search.results import Row

    names = [dimension.name for dimension in plan.space]
    rows = [Row(**each) for each in record["trials"]]
    table((*HEADER, *names), [row_cells(row, names) for row in rows[:SHOWN]], right=(1, 3, 4))
    if len(record["hosts"]) > 1:
        say()
        _print_hosts(record["hosts"])
    if len(rows) > SHOWN:
        remark(f"… {len(rows) - SHOWN} more")
    for line in record["notes"]:
        say(line)
    say(f"page {printable(folder / 'search.html')}")
