"""What a layer, a loss or an optimizer does, in formulas and in actual numbers."""

from ..public import publish
from .dispatch import explain as explain

publish(globals())
