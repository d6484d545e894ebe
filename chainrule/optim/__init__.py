"""Optimizers, one update rule a file."""

from ..declared import registry
from ..public import publish
from .adadelta import AdaDelta as AdaDelta
from .adagrad import AdaGrad as AdaGrad
from .adam import Adam as Adam
from .adam import AdamW as AdamW
from .adan import Adan as Adan
from .base import Optimizer as Optimizer
from .lion import Lion as Lion
from .muon import Muon as Muon
from .nadam import NAdam as NAdam
from .rmsprop import RMSProp as RMSProp
from .sgd import SGD as SGD

OPTIMIZERS: dict[str, type[Optimizer]] = registry(Optimizer, globals())
"""By the names that settings have."""

publish(globals(), "OPTIMIZERS")
