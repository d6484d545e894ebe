"""Training: the loop, what hangs in it, and the folder it leaves."""

from ..public import publish
from .averaging import EMA as EMA
from .averaging import SWA as SWA
from .budget import TimeBudget as TimeBudget
from .callbacks import BestModel as BestModel
from .callbacks import Callback as Callback
from .callbacks import EarlyStopping as EarlyStopping
from .checkpoint import Checkpoint as Checkpoint
from .checkpoint import restore as restore
from .clipping import ClipGlobalNorm as ClipGlobalNorm
from .clipping import ClipNorm as ClipNorm
from .clipping import ClipValue as ClipValue
from .constraints import MaxNorm as MaxNorm
from .finding import lr_find as lr_find
from .history import History as History
from .interrupts import graceful_stop as graceful_stop
from .logs import Log as Log
from .lr_range import RangeTest as RangeTest
from .lr_range import lr_range_test as lr_range_test
from .lsuv import lsuv as lsuv
from .nonfinite import StopOnNonFinite as StopOnNonFinite
from .plateau import ReduceOnPlateau as ReduceOnPlateau
from .progress import Progress as Progress
from .run import Run as Run
from .snapshots import Snapshots as Snapshots
from .statistics import refresh_batch_norm as refresh_batch_norm
from .trainer import Trainer as Trainer

publish(globals())
