"""Training: the loop, what hangs in it, and the folder it leaves."""

from .callbacks import BestModel as BestModel
from .callbacks import Callback as Callback
from .callbacks import EarlyStopping as EarlyStopping
from .checkpoint import Checkpoint as Checkpoint
from .guard import StopOnNonFinite as StopOnNonFinite
from .history import History as History
from .interrupts import finishing as finishing
from .progress import Progress as Progress
from .run import Run as Run
from .trainer import Trainer as Trainer
