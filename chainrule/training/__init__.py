"""Training: the loop, what hangs in it, and the folder it leaves.

trainer      the loop                          run          the folder, its lock, an orderly end
fitting      data, model and batches: checks   checkpoint   the best model, and all for a resume
batch_norm   running statistics                resume       back to a checkpoint
features     what frozen layers make of images
callbacks    what a callback is                retention    which checkpoints stay
history      the record, and how it is shown   logs         rows of steps and layers
recorder     the last steps, after a bad end   step_ring    the file that they are in

Each other module is one callback, or one thing to do before or after a training.
"""

from ..public import publish
from .averaging import EMA as EMA
from .averaging import SWA as SWA
from .batch_norm import refresh_batch_norm as refresh_batch_norm
from .budget import TimeBudget as TimeBudget
from .callbacks import Callback as Callback
from .callbacks import EarlyStopping as EarlyStopping
from .checkpoint import BestModel as BestModel
from .checkpoint import Checkpoint as Checkpoint
from .clipping import ClipGlobalNorm as ClipGlobalNorm
from .clipping import ClipNorm as ClipNorm
from .clipping import ClipValue as ClipValue
from .constraints import MaxNorm as MaxNorm
from .convergence import StopOnConvergence as StopOnConvergence
from .finding import lr_find as lr_find
from .history import History as History
from .history import Progress as Progress
from .logs import Log as Log
from .lr_range import RangeTest as RangeTest
from .lr_range import lr_range_test as lr_range_test
from .lsuv import lsuv as lsuv
from .nonfinite import StopOnNonFinite as StopOnNonFinite
from .plateau import ReduceOnPlateau as ReduceOnPlateau
from .rate_factor import RateFactor as RateFactor
from .recorder import StepRecorder as StepRecorder
from .resume import restore as restore
from .run import Run as Run
from .run import graceful_stop as graceful_stop
from .snapshots import Snapshots as Snapshots
from .trainer import Trainer as Trainer
from .unfreezing import GradualUnfreezing as GradualUnfreezing

publish(globals(), renamed={"finishing": "graceful_stop"})
