"""What a training will cost, known before the first epoch: operations, bytes and seconds."""

from .memory import Memory as Memory
from .memory import available_memory as available_memory
from .memory import expect_fit as expect_fit
from .memory import expect_weights_fit as expect_weights_fit
from .memory import measure as measure_memory
from .operations import OPERATIONS as OPERATIONS
from .operations import Work as Work
from .probe import Timing as Timing
from .probe import probe as probe
from .summary import Cost as Cost
from .summary import LayerCost as LayerCost
from .summary import cost as cost

__all__ = [
    "OPERATIONS",
    "Cost",
    "LayerCost",
    "Memory",
    "Timing",
    "Work",
    "available_memory",
    "cost",
    "expect_fit",
    "expect_weights_fit",
    "measure_memory",
    "probe",
]
