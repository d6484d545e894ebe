"""Every recipe by its name."""

from __future__ import annotations

from importlib import import_module

from .recipe import Recipe

MODULES = (
    "a_gradient_check",
    "a_overfit_50",
    "a_mnist_mlp",
    "a_search_mnist",
    "a_optimizers",
    "a_cifar_mlp",
    "a_cifar_cnn",
    "a_grey",
    "a_pictures",
    "b_cnn",
    "b_grid",
    "b_filters",
    "b_pictures",
    "c_fc",
    "c_schedules",
    "c_ablation",
    "c_transfer",
    "d_norms",
    "d_optimizers",
    "d_resnet18",
    "d_resnet34",
    "e_knn",
    "e_linear",
    "e_init",
    "e_sanity",
    "e_coarse_to_fine",
    "e_mnist_mlp",
    "e_updates",
    "e_sizes",
    "e_ensemble",
    "record_mnist",
    "record_cifar",
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (import_module(f".{name}", __package__).RECIPE for name in MODULES)
}
"""By name, in the order of the reports."""
