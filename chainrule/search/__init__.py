"""Search for settings: ``chainrule search CONFIG`` trains many runs and says which settings win.

``plan.py``       the table [search]; ``space.py``: what is varied
``place.py``      where the study is, a file or a URL, which ``storage.py`` opens with Optuna
``journal.py``    the file; ``mutex.py``: one process at a time, of all hosts
``study.py``      joined by processes that agree on plan and data; ``worker.py``: who they are
``taking.py``     the next trial: left by a dead worker (``lease.py``), or new (``drawing.py``)
``searching.py``  trains it
``results.py``    what was found; ``report.py`` says it, and ``page.py`` shows it
"""

from ..public import publish
from .plan import Plan as Plan
from .plan import read_plan as read_plan
from .searching import search as search

publish(globals())
