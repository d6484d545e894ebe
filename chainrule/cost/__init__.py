"""What a training will cost, known before the first epoch: operations, bytes and seconds."""

from ..layers.operations import Operations as Operations
from ..public import publish
from .memory import Memory as Memory
from .memory import available_memory as available_memory
from .memory import expect_fit as expect_fit
from .memory import expect_weights_fit as expect_weights_fit
from .overview import summary as summary
from .probe import Timing as Timing
from .probe import probe as probe
from .static import count_parameters as count_parameters
from .static import flops as flops
from .summary import Cost as Cost
from .summary import LayerCost as LayerCost
from .summary import cost as cost

publish(globals(), "Operations")
