"""What a layer, a loss or an optimiser does, in formulas and in actual numbers."""

from .explain import explain as explain
