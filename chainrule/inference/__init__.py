"""Models made ready for many predictions of one image, or a few: `Predictor`."""

from ..public import publish
from .predictor import Predictor as Predictor

publish(globals())
