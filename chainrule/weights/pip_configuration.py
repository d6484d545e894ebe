"""Where pip is configured to take packages from: its files and its environment variables.

pip itself need not be installed. Of its settings these are read: index-url, extra-index-url,
find-links, no-index, cert, client-cert, proxy and trusted-host, from the sections [global] and
[install]. Later files and PIP_… variables overrule earlier ones, as with pip.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import InputError

PYPI = "https://pypi.org/simple"
NAME = "pip.ini" if os.name == "nt" else "pip.conf"
SECTIONS = ("global", "install")


@dataclass(frozen=True)
class Configuration:
    """``links`` are folders or pages with files, ``indexes`` have a page for each project."""

    indexes: tuple[str, ...] = (PYPI,)
    links: tuple[str, ...] = ()
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = None
    trusted: tuple[str, ...] = ()

    def request(self, url: str) -> dict[str, Any]:
        """What ``requests.get`` is told besides ``url``: certificates and proxy."""
        told: dict[str, Any] = {}
        if self.cert:
            told["verify"] = self.cert
        parts = urlsplit(url)
        if {parts.hostname, parts.netloc.rpartition("@")[2]} & set(self.trusted):
            told["verify"] = False
        if self.client_cert:
            told["cert"] = self.client_cert
        if self.proxy:
            proxy = self.proxy if "://" in self.proxy else f"http://{self.proxy}"
            told["proxies"] = {"http": proxy, "https": proxy}
        return told


def configuration() -> Configuration:
    """As pip is configured here. InputError for a file of its that cannot be read."""
    found: dict[str, str] = {}
    for file in _files():
        found |= _settings(file)
    for name, value in os.environ.items():
        if name.startswith("PIP_") and value.strip():
            found[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    indexes = (found.get("index-url", PYPI), *found.get("extra-index-url", "").split())
    none = found.get("no-index", "").strip().lower() in ("1", "true", "yes", "on", "y", "t")
    return Configuration(
        () if none else tuple(dict.fromkeys(url.strip().rstrip("/") for url in indexes)),
        tuple(found.get("find-links", "").split()),
        found.get("cert"),
        found.get("client-cert"),
        found.get("proxy"),
        tuple(found.get("trusted-host", "").split()),
    )


def _files() -> Iterator[Path]:
    """pip's files in the order of reading: the machine's, the user's, the environment's, and the
    one that PIP_CONFIG_FILE names; none if that is the null device."""
    import platformdirs

    named = os.environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return
    system = platformdirs.site_config_dir("pip", appauthor=False, multipath=True)
    places = [Path(folder) for folder in system.split(os.pathsep)]
    places += [Path("/etc")] if os.name == "posix" else []
    home = os.path.expanduser("~")
    if home != "~":
        places += [Path(home, "pip" if os.name == "nt" else ".pip")]
        places += [Path(platformdirs.user_config_dir("pip", appauthor=False, roaming=True))]
    places.append(Path(sys.prefix))
    yield from (place / NAME for place in places)
    if named:
        yield Path(named)


def _settings(file: Path) -> Mapping[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # as pip passes over them
        return {}
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"pip's configuration {file} cannot be read: {reason}") from None
    found: dict[str, str] = {}
    for section in SECTIONS:
        if parser.has_section(section):
            found |= {
                key.lower().replace("_", "-").removeprefix("--"): value
                for key, value in parser.items(section)
                if value
            }
    return found
