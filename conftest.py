"""Examples that need an optional package are run where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

NEEDED = {"sklearn": "chainrule/estimator/*", "starlette": "chainrule/play/*"}

collect_ignore_glob = [files for package, files in NEEDED.items() if not find_spec(package)]
