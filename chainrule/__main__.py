"""``python -m chainrule`` is ``chainrule``."""

import sys

from .cli import main

sys.exit(main())
