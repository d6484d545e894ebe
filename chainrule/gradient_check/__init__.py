"""Proof that a hand-written backward is the derivative of its forward."""

from ..public import publish
from .check import check_function as check_function
from .check import check_layer as check_layer
from .check import gradcheck as gradcheck
from .findings import NO_PATTERN as NO_PATTERN
from .findings import Diagnosis as Diagnosis
from .result import ArrayCheck as ArrayCheck
from .result import GradCheck as GradCheck

publish(globals(), "NO_PATTERN")
