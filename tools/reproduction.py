"""Write what ships of results/: chainrule/recipes/measured.json and docs/reproduction.md.

python tools/reproduction.py
"""

from __future__ import annotations

import json
from pathlib import Path

from chainrule.recipes import RECIPES
from chainrule.recipes.measuring import every_record
from chainrule.recipes.page import markdown

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = (
    "name", "did", "reported", "bar", "ours", "reached", "quick", "seconds", "seeds", "notes",
    "tables", "plots", "date", "commit", "machine",
)  # fmt: skip


def shipped() -> str:
    """The records without their single runs."""
    records = {}
    for name in RECIPES:
        file = ROOT / "results" / f"{name}.json"
        found = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        if "ours" in found:
            records[name] = {key: found[key] for key in SHIPPED}
    return json.dumps(records, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    target = ROOT / "chainrule" / "recipes" / "measured.json"
    target.write_text(shipped(), "utf-8")
    page = ROOT / "docs" / "reproduction.md"
    page.write_text(markdown(every_record(ROOT / "results")), "utf-8")


if __name__ == "__main__":
    main()
