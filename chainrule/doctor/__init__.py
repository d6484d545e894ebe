"""Sanity checks of a training, with verdicts: what is wrong, why it may be, and what to do.

>>> from chainrule import data, models
>>> train, test = data.digits()
>>> examination = examine(models.mlp((8, 8, 1), (32,), 10), train, test, only=["overlap"])
>>> [check.verdict for check in examination.checks]
['ok']
"""

from ..public import publish
from .check import Check as Check
from .check import Verdict as Verdict
from .checks import CHECKS as CHECKS
from .checks import SLOW as SLOW
from .context import CheckContext as CheckContext
from .environment import environment as environment
from .examination import Examination as Examination
from .examine import examine as examine

publish(globals(), "CHECKS", "SLOW", "Verdict")
