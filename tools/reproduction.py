"""Write what ships of results/: chainrule/recipes/measured.json, docs/reproduction.md, and the
first line of each recipe's module.

python tools/reproduction.py
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from chainrule.recipes import RECIPES
from chainrule.recipes.measuring import every_record, record_in
from chainrule.recipes.page import markdown

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = (
    "name", "did", "reported", "bar", "ours", "reached", "quick", "seconds", "seeds", "notes",
    "tables", "plots", "precision", "date", "commit", "machine", "pytorch",
)  # fmt: skip


def shipped() -> str:
    """The records without their single runs."""
    records = {}
    for name in RECIPES:
        found = record_in(ROOT / "results", name)
        if found is not None:
            records[name] = {key: found[key] for key in SHIPPED if key in found}
    return json.dumps(records, indent=1, ensure_ascii=False) + "\n"


def claim(record: Mapping[str, Any]) -> str:
    """The first line of a recipe's module: its name, what we measured, what was reported."""
    line = f"{record['name']}: not run yet"
    if record.get("ours"):
        machine = record["machine"]
        where = f"{machine['cpu'].replace('(R)', '')}, {machine['cores']} cores"
        took = "" if record["seconds"] is None else f" in {record['seconds']:,.0f} s"
        seeds = "1 seed" if record["seeds"] == 1 else f"{record['seeds']} seeds"
        precision = record.get("precision", "float32")
        how = seeds if precision == "float32" else f"{seeds}, {precision}"
        line = f"{record['name']}: {record['ours']}{took} ({how}; {where})"
    return line + ("." if record["reported"] == "–" else f"; reported: {record['reported']}.")


def titled(source: str, record: Mapping[str, Any]) -> str:
    """The module's source with that line before the rest of its docstring."""
    begun = f'"""{record["name"]}: '
    body = source.removeprefix('"""')
    if source.startswith(begun):
        body = body.partition("\n\n")[2]
    first = "\n".join(wrap(claim(record), 97, break_long_words=False, break_on_hyphens=False))
    return f'"""{first}\n\n{body}'


def module_of(name: str) -> Path:
    """Where the recipe of that name is."""
    return ROOT / "chainrule" / "recipes" / f"{name.replace('-', '_').lower()}.py"


def main() -> None:
    target = ROOT / "chainrule" / "recipes" / "measured.json"
    target.write_text(shipped(), "utf-8")
    records = every_record(ROOT / "results")
    for record in records:
        module = module_of(record["name"])
        module.write_text(titled(module.read_text("utf-8"), record), "utf-8")
    page = ROOT / "docs" / "reproduction.md"
    page.write_text(markdown(records), "utf-8")


if __name__ == "__main__":
    main()
