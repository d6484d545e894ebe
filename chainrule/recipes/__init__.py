"""Recipes: one module a claim. ``chainrule reproduce NAME`` measures one.

A recipe (`recipe.py`) is what a report did, its figure, the bar for ours, and a function that
measures it with the trainings of a `Session` (`session.py`). `measure` (`measuring.py`) runs it and
writes its record, its figures and its page (`page.py`).
"""

from .measuring import measure as measure
from .measuring import measured as measured
from .recipe import Plot as Plot
from .recipe import Recipe as Recipe
from .recipe import Result as Result
from .recipe import Table as Table
from .registry import MODULES as MODULES
from .registry import RECIPES as RECIPES
from .session import Session as Session
