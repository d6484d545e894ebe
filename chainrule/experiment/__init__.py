"""From a configuration to a trained, measured and described model."""

from ..public import publish
from .comparison import compare as compare
from .inputs import load_inputs as load_inputs
from .measured import Measured as Measured
from .measured import load_other as load_other
from .measured import load_test as load_test
from .preparation import Experiment as Experiment
from .preparation import estimate as estimate
from .preparation import prepare as prepare
from .preparation import reopen as reopen
from .reporting import read_metrics as read_metrics
from .reporting import report_on as report_on
from .run import Interrupted as Interrupted
from .run import Outcome as Outcome
from .run import begin as begin
from .run import resume as resume
from .run import start as start

publish(globals())
