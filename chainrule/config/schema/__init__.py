"""Every setting of an experiment: its name, its type, its range, and its value if nobody says.

One file a table of the TOML file. Field names are those of the constructors that they feed, and
so are the values if nobody says, wherever the constructor has one.
"""

from .augment import AugmentConfig as AugmentConfig
from .average import EMAConfig as EMAConfig
from .average import NoAverageConfig as NoAverageConfig
from .average import SWAConfig as SWAConfig
from .clip import ClipGlobalNormConfig as ClipGlobalNormConfig
from .clip import ClipNormConfig as ClipNormConfig
from .clip import ClipValueConfig as ClipValueConfig
from .clip import NoClipConfig as NoClipConfig
from .experiment import CheckpointConfig as CheckpointConfig
from .experiment import Config as Config
from .experiment import EarlyStoppingConfig as EarlyStoppingConfig
from .experiment import PlateauConfig as PlateauConfig
from .experiment import SnapshotsConfig as SnapshotsConfig
from .logs import LogConfig as LogConfig
from .losses import CrossEntropyConfig as CrossEntropyConfig
from .losses import FocalConfig as FocalConfig
from .losses import HingeConfig as HingeConfig
from .losses import LossConfig as LossConfig
from .losses import OneVsRestHingeConfig as OneVsRestHingeConfig
from .models import ConvNetConfig as ConvNetConfig
from .models import MLPConfig as MLPConfig
from .models import ResNet18Config as ResNet18Config
from .models import ResNetConfig as ResNetConfig
from .models import VGGConfig as VGGConfig
from .optimizers import AdaDeltaConfig as AdaDeltaConfig
from .optimizers import AdaGradConfig as AdaGradConfig
from .optimizers import AdamConfig as AdamConfig
from .optimizers import AdamWConfig as AdamWConfig
from .optimizers import GroupConfig as GroupConfig
from .optimizers import LionConfig as LionConfig
from .optimizers import MuonConfig as MuonConfig
from .optimizers import NAdamConfig as NAdamConfig
from .optimizers import OptimizerConfig as OptimizerConfig
from .optimizers import RMSPropConfig as RMSPropConfig
from .optimizers import SGDConfig as SGDConfig
from .pictures import PicturesConfig as PicturesConfig
from .schedules import ConstantConfig as ConstantConfig
from .schedules import CosineConfig as CosineConfig
from .schedules import CosineRestartsConfig as CosineRestartsConfig
from .schedules import ExponentialConfig as ExponentialConfig
from .schedules import InverseSqrtConfig as InverseSqrtConfig
from .schedules import LinearConfig as LinearConfig
from .schedules import MultiStepConfig as MultiStepConfig
from .schedules import OneCycleConfig as OneCycleConfig
from .schedules import PolynomialConfig as PolynomialConfig
from .schedules import ScheduleConfig as ScheduleConfig
from .schedules import StepConfig as StepConfig
