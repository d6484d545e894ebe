"""chainrule reproduce"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..printable import printable
from . import choices
from .arguments import RUNS, AsJson, DataDir, Precision, Runs
from .show import remark, say, say_json, table

if TYPE_CHECKING:
    from ..recipes import Recipe


def reproduce(
    name: Annotated[
        str | None,
        Parameter(
            help="Name of a recipe; else they are listed.",
            completer=choices.words(choices.registered("recipes", "RECIPES")),
        ),
    ] = None,
    /,
    *,
    quick: Annotated[
        bool, Parameter(negative=(), help="Small, to see it run: seconds to a minute.")
    ] = False,
    seeds: Annotated[
        int | None, Parameter(help="How many seeds: 0 to N - 1, instead of the recipe's own.")
    ] = None,
    precision: Precision = None,
    restart: Annotated[
        bool, Parameter(negative=(), help="Begin anew: what was trained for it is removed.")
    ] = False,
    html: Annotated[
        Path | None, Parameter(help="Without a name: write all results as a page.")
    ] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
    runs: Runs = RUNS / "reproduce",
    results: Annotated[Path, Parameter(help="The folder of results.")] = Path("results"),
) -> int:
    """List what the five reports state beside what was measured, or measure one of it.

    A recipe that was killed goes on when it is called again.
    """
    from .. import require
    from ..errors import InputError, did_you_mean
    from ..kernels.precision import known
    from ..recipes import RECIPES

    if name is None:
        for option, given in (
            ("--quick", quick),
            ("--seeds", seeds),
            ("--precision", precision),
            ("--restart", restart),
        ):
            if given:
                raise InputError(f"{option}: expected the name of a recipe before it")
        return _list(results, html, json)
    if html is not None:
        raise InputError(f"--html is for all recipes; {name} writes a page beside its runs")
    if name not in RECIPES:
        raise InputError(f"no recipe named {name!r}{did_you_mean(name, RECIPES)}")
    if seeds is not None:
        require.integer(1, **{"--seeds": seeds})
    return _measure(
        RECIPES[name], runs, results, quick=quick, seeds=seeds, restart=restart, json=json,
        precision=known(precision or "float32"),
        data_dir=None if data_dir is None else str(data_dir),
    )  # fmt: skip


def _list(results: Path, html: Path | None, json: bool) -> int:
    from ..files import atomic_write
    from ..recipes.measuring import every_record
    from ..recipes.page import ours, page, verdict

    records = every_record(results)
    if html is not None:
        from ..recipes.measuring import pictures

        atomic_write(html, page(records, pictures(results)))
        say(f"wrote {printable(html)}")
        return 0
    if json:
        say_json(records)
        return 0
    rows = [
        [
            record["name"],
            record["reported"],
            ours(record),
            verdict(record).rpartition(": ")[2] if record.get("reached") is not None else "–",
            "–" if record.get("seconds") is None else f"{record['seconds']:,.0f}",
            record.get("date") or "–",
            record["did"],
        ]
        for record in records
    ]
    table(("recipe", "reported", "ours", "bar", "seconds", "date", "what"), rows, right=(4,),
          prose=True)  # fmt: skip
    remark("chainrule reproduce NAME measures one, --quick small; --html PAGE shows all")
    return 0


def _measure(recipe: Recipe, runs: Path, results: Path, *, json: bool, **options: Any) -> int:
    from ..recipes import measure
    from ..recipes.page import verdict
    from ..recipes.session import folder_of
    from ..training.history import Progress

    silent: dict[str, Any] = {"say": lambda line: None} if json else {"say": say}
    callbacks = (lambda: ()) if json else (lambda: (Progress(),))
    record = measure(recipe, runs, results, callbacks=callbacks, **silent, **options)
    if json:
        say_json(record)
    else:
        for each in record["tables"]:
            say(each["title"])
            table(each["header"], each["rows"])
        for note in record["notes"]:
            say(note)
        small = "quick, no result: " if record["quick"] else ""
        say(f"{recipe.name}: {small}{record['ours']}, reported {record['reported']}")
        folder = folder_of(recipe, runs, record["quick"])
        if not record["quick"]:
            say(f"bar: {verdict(record)}")
            say(f"wrote {printable(results / recipe.name)}.json")
        say(f"page {printable(folder / 'page.html')}")
    return 1 if record["reached"] is False and not record["quick"] else 0
