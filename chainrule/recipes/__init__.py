"""Recipes: one module a claim. ``chainrule reproduce NAME`` runs one and writes what it saw."""

from . import a_mnist_mlp, a_overfit_50, c_transfer, e_mnist_mlp
from .base import Demonstration as Demonstration
from .base import Recipe as Recipe
from .base import demonstrate as demonstrate
from .base import reproduce as reproduce

RECIPES: dict[str, Recipe] = {r.name: r for r in (a_mnist_mlp.RECIPE, e_mnist_mlp.RECIPE)}

DEMONSTRATIONS: dict[str, Demonstration] = {
    d.name: d for d in (a_overfit_50.RECIPE, c_transfer.RECIPE)
}
