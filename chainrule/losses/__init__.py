"""Losses: ``loss, dlogits = criterion(logits, labels)``, always from logits, never broadcast."""

from ..declared import registry
from ..public import publish
from .base import Loss as Loss
from .binary import BinaryCrossEntropy as BinaryCrossEntropy
from .cross_entropy import SoftmaxCrossEntropy as SoftmaxCrossEntropy
from .focal import Focal as Focal
from .hinge import MulticlassHinge as MulticlassHinge
from .hinge import OneVsRestHinge as OneVsRestHinge
from .regression import MAE as MAE
from .regression import MSE as MSE
from .regression import Huber as Huber

LOSSES: dict[str, type[Loss]] = registry(Loss, globals())
"""The losses of classification, by the names that settings have."""

publish(globals(), "LOSSES")
