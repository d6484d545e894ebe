"""Learning rates as pure functions of the number of steps taken: a resume cannot shift them.

`chainrule.training.ReduceOnPlateau` is no schedule: it looks at the validation, and is a
callback with a state that multiplies whatever rate the schedule gives.
"""

from ..declared import registry
from ..public import publish
from .base import Constant as Constant
from .base import Schedule as Schedule
from .base import as_schedule as as_schedule
from .cosine import Cosine as Cosine
from .cosine import CosineRestarts as CosineRestarts
from .cosine import OneCycle as OneCycle
from .decay import InverseSqrt as InverseSqrt
from .decay import Linear as Linear
from .decay import Polynomial as Polynomial
from .join import Repeat as Repeat
from .join import Sequence as Sequence
from .join import Until as Until
from .join import Warmup as Warmup
from .preview import curve as curve
from .preview import preview as preview
from .step import Exponential as Exponential
from .step import MultiStep as MultiStep
from .step import Step as Step
from .time_scaled import TimeScaled as TimeScaled

SCHEDULES: dict[str, type[Schedule]] = registry(Schedule, globals())
"""By the names that settings have."""

publish(globals(), "SCHEDULES")
