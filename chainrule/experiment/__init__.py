"""From a configuration to a trained, measured and described model.

How a setting becomes a training, in eight files:

``cli/train.py``               the options of a command line become `chainrule.config.Settings`
``config/settings.py``         so do a TOML file and ``--set``, under the names of today
``config/resolve.py``          one source over the other, on the defaults of the data, and checked
``config/schema.py``           against the tables that there are: a `chainrule.config.Config`
``experiment/preparation.py``  which stands for data, parts and a trainer with its callbacks
``experiment/factory.py``      each part with the arguments that its table has
``experiment/run.py``          in a run folder, from its first file to its report
``training/trainer.py``        the loop
"""

from ..public import publish
from .comparison import compare as compare
from .drawing import draw_model as draw_model
from .inputs import configure as configure
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
from .run import stem as stem

publish(globals())
