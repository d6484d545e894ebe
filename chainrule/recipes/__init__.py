"""Recipes: one module a claim. ``chainrule reproduce NAME`` measures one.

A recipe (`recipe.py`) is what a report did, its figure, the bar for ours, and a function that
measures it with the trainings of a `Session` (`session.py`). `measure` (`measuring.py`) runs it and
writes its record, its figures and its page (`page.py`).
"""

from importlib import import_module

from .measuring import measure as measure
from .measuring import measured as measured
from .recipe import Plot as Plot
from .recipe import Recipe as Recipe
from .recipe import Result as Result
from .recipe import Table as Table
from .session import Session as Session

MODULES = (
    "a_gradient_check",
    "a_overfit_50",
    "a_mnist_mlp",
    "a_search_mnist",
    "a_optimizers",
    "a_cifar_mlp",
    "a_cifar_cnn",
    "a_grey",
    "b_cnn",
    "b_grid",
    "b_filters",
    "c_fc",
    "c_schedules",
    "c_ablation",
    "d_norms",
    "d_optimizers",
    "d_resnet18",
    "e_init",
    "e_sanity",
    "e_coarse_to_fine",
    "e_mnist_mlp",
    "e_updates",
    "e_sizes",
    "e_ensemble",
    "record_mnist",
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (import_module(f".{name}", __name__).RECIPE for name in MODULES)
}
"""By name, in the order of the reports."""
