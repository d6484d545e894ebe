"""A step of a training, replayed: where a NaN or a spike of the loss came from.

Every run keeps a record of its last steps, `chainrule.training.StepRecorder`.

choice    which step                        sites     what passed the layers in it
rerun     from a checkpoint to it: seen     origin    the first that is not finite, or stands out
run       of a run, of your own training    verdict   in a sentence; assembly, result: all of it
"""

from ..public import publish
from .origin import Origin as Origin
from .result import LayerPeak as LayerPeak
from .result import Replay as Replay
from .result import Sample as Sample
from .run import replay as replay
from .run import replay_fit as replay_fit
from .seen import Update as Update

publish(globals())
