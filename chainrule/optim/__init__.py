"""Optimisers, one update rule a file."""

from .adam import Adam as Adam
from .base import Optimizer as Optimizer
from .sgd import SGD as SGD
