"""What a training writes down about its steps: meters measure, sinks write, `Log` runs them."""

from .activations import Activations as Activations
from .files import RowFiles as RowFiles
from .gradients import Gradients as Gradients
from .log import Log as Log
from .steps import Steps as Steps
from .tensorboard import TensorBoard as TensorBoard
