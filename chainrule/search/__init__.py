"""Search for settings: ``chainrule search CONFIG`` trains many runs and says which settings win.

``plan.py`` reads the table [search], ``space.py`` what is varied, ``study.py`` opens what several
processes share (Optuna), ``searching.py`` trains the trials, ``results.py`` says what was found and
``page.py`` shows it.
"""

from ..public import publish
from .plan import Plan as Plan
from .plan import read_plan as read_plan
from .searching import search as search

publish(globals())
