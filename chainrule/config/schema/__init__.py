"""Every setting of an experiment: its name, its type, its range, and its value if nobody says.

The tables of parts are derived from the constructors that they feed (``derive``, ``tables``): a new
optimizer or loss has its settings as soon as its package offers it. What belongs to no part is
written out.
"""

from ..tables import AUGMENTATIONS as AUGMENTATIONS
from ..tables import AVERAGE_FORMS as AVERAGE_FORMS
from ..tables import CLIP_FORMS as CLIP_FORMS
from ..tables import LOSSES as LOSSES
from ..tables import MODELS as MODELS
from ..tables import OPTIMIZERS as OPTIMIZERS
from ..tables import SCHEDULES as SCHEDULES
from ..tables import AugmentConfig as AugmentConfig
from ..tables import GroupConfig as GroupConfig
from ..tables import LossConfig as LossConfig
from ..tables import OptimizerConfig as OptimizerConfig
from ..tables import PlateauConfig as PlateauConfig
from ..tables import ScheduleConfig as ScheduleConfig
from .experiment import CheckpointConfig as CheckpointConfig
from .experiment import Config as Config
from .experiment import EarlyStoppingConfig as EarlyStoppingConfig
from .experiment import LogConfig as LogConfig
from .experiment import SnapshotsConfig as SnapshotsConfig
from .experiment import seconds as seconds
from .images import ImagesConfig as ImagesConfig
