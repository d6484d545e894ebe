"""Examples that need an optional package are run where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("sklearn") else ["chainrule/estimator/*"]
