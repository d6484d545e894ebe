"""chainrule reproduce"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..printable import printable
from ..text import plural
from . import choices
from .arguments import RUNS, DataDir, Runs
from .show import say

if TYPE_CHECKING:
    from ..recipes import Demonstration, Recipe


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
    seeds: Annotated[
        list[int] | None,
        Parameter(negative=(), help="A seed, instead of the recipe's own. Repeatable."),
    ] = None,
    quick: Annotated[
        bool, Parameter(negative=(), help="Few images and epochs, to see that it runs.")
    ] = False,
    data_dir: DataDir = None,
    runs: Runs = RUNS,
    results: Annotated[Path, Parameter(help="The folder of results.")] = Path("results"),
) -> int:
    """Run a recipe, once for each seed, and write the results to results/NAME.json."""
    from ..errors import InputError, did_you_mean
    from ..recipes import DEMONSTRATIONS, RECIPES, demonstrate
    from ..recipes import reproduce as run_recipe
    from ..training.history import Progress

    every: dict[str, Recipe | Demonstration] = {**RECIPES, **DEMONSTRATIONS}
    if name is None:
        for each in every.values():
            say(f"{each.name:14} {each.claim}")
        return 0
    if name not in every:
        raise InputError(f"no recipe named {name!r}{did_you_mean(name, every)}")
    chosen = None if seeds is None else tuple(seeds)
    place = None if data_dir is None else str(data_dir)
    if name in DEMONSTRATIONS:
        if chosen:
            raise InputError(f"--seeds: {name} has none to choose")
        record = demonstrate(DEMONSTRATIONS[name], results, data_dir=place, quick=quick)
        claim = f"claim {'holds' if record['reached'] else 'missed'}"
        for line in (*record["summary"], *([] if quick else [claim])):
            say(line)
        say(f"wrote {printable(Path(results, record['name']))}.json")
        return 0 if quick or record["reached"] else 1
    if quick:
        raise InputError(f"--quick: {name} has no quick way")
    recipe = RECIPES[name]
    record = run_recipe(recipe, runs, results, seeds=chosen, data_dir=place, callbacks=[Progress()])
    spread = record["test_accuracy_std"]
    say(
        f"{recipe.name}: test accuracy {record['test_accuracy_mean']:.2%}"
        + ("" if spread is None else f" ± {spread:.2%} over {plural(len(record['seeds']), 'seed')}")
        + f", bar {recipe.bar:.2%} {'reached' if record['reached'] else 'missed'}"
    )
    say(f"wrote {printable(Path(results, recipe.name))}.json")
    return 0 if record["reached"] else 1
