"""What an experiment is, as plain values: read from TOML, checked, written with every run.

settings   one source of settings, as it was written: a file, the options, ``--set``
resolve    all sources and the defaults of the data, one over the other, checked
schema     the settings that there are: `Config`
defaults   what each data set is trained with
"""

from ..public import publish
from .defaults import DEFAULTS as DEFAULTS
from .resolve import load as load
from .resolve import resolve as resolve
from .schema import Config as Config
from .schema import seconds as seconds
from .settings import Settings as Settings
from .settings import assignments as assignments
from .settings import options as options
from .settings import read_settings as read_settings
from .settings import to_toml as to_toml

publish(globals(), "DEFAULTS")
