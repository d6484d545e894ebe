"""The definition of every kernel, in plain array code: slow, short, and right."""

from . import (
    activations,
    conv,
    dropout,
    losses,
    moments,
    norm,
    padding,
    pool,
    smooth_activations,
    updates,
    updates_adaptive,
    updates_muon,
)

MODULES = (
    activations,
    conv,
    dropout,
    losses,
    moments,
    norm,
    padding,
    pool,
    smooth_activations,
    updates,
    updates_adaptive,
    updates_muon,
)
