"""What an experiment is, as plain values: read from TOML, checked, written with every run."""

from ..public import publish
from .defaults import DEFAULTS as DEFAULTS
from .resolve import resolve as resolve
from .schema import Config as Config
from .schema import seconds as seconds
from .settings import Settings as Settings
from .settings import assignments as assignments
from .toml import load as load
from .toml import read_settings as read_settings
from .toml import to_toml as to_toml

publish(globals(), "DEFAULTS")
