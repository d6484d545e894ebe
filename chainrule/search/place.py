"""Where a study is: a file, or the URL of a database, which is never shown with its password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from ..errors import InputError, did_you_mean
from ..printable import masked, printable

FORMS = "a file, or a URL such as postgresql://USER@HOST/DATABASE or sqlite:///study.db"
SCHEMES = {"postgresql": "psycopg", "postgres": "psycopg", "sqlite": "pysqlite"}
DRIVERS = {"postgresql": ("psycopg", "psycopg2"), "sqlite": ("pysqlite",)}
OTHERS = ("mysql", "mariadb", "oracle", "mssql", "redis", "http", "https", "ftp", "file")
"""Schemes of which nobody means a file of that name."""
SECRET = re.compile("pass(word|phrase)?$|secret|token", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """``file`` or ``url`` is set: the latter is SQLAlchemy's. ``shown`` is for messages."""

    shown: str
    file: Path | None = None
    url: Any = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def path(self) -> Path | None:
        """The file of a journal or of SQLite; None for a server."""
        return self.file or (None if self.is_server else Path(self.url.database))

    @property
    def is_server(self) -> bool:
        """Whether it is a database that many hosts reach, and not a file."""
        return self.url is not None and self.url.get_backend_name() == "postgresql"

    def without_secrets(self, text: object) -> str:
        """The text with every password of the URL masked, however it was quoted."""
        said = masked(str(text))
        for secret in self.secrets:
            said = said.replace(secret, "***")
        return said


def read_place(given: str | None, folder: Path) -> Place:
    """What ``--study`` names; without it the journal in ``folder``. InputError for what is neither
    a file nor the URL of a database that a search can use."""
    if given is None:
        file = folder / "journal.log"
        return Place(printable(file), file)
    scheme = re.match(r"([A-Za-z][\w+.-]+):", given)
    kind = scheme[1].lower().partition("+")[0] if scheme else ""
    if "://" in given or kind in (*SCHEMES, *OTHERS):
        return _database(given, kind)
    if not given.strip() or "\0" in given:
        raise InputError(f"--study: expected {FORMS}, received {given!r}")
    return Place(printable(given), Path(given))


def _database(given: str, kind: str) -> Place:
    from sqlalchemy.engine import make_url

    if kind not in SCHEMES:
        hint = did_you_mean(kind, SCHEMES) if kind and kind not in OTHERS else ""
        named = f"a {kind}:// URL" if kind else "a URL without a scheme"
        raise InputError(f"--study: expected {FORMS}, received {named}{hint}")
    try:
        url = make_url(given)
    except Exception:  # whose words may repeat a part of the password
        raise InputError(
            f"--study: expected {FORMS}, received a {kind} URL that cannot be read; characters "
            "such as @ / : % in a password are written as %40 %2F %3A %25"
        ) from None
    backend, _, driver = url.drivername.lower().partition("+")
    backend = "postgresql" if backend == "postgres" else backend
    driver = driver or SCHEMES[backend]
    if driver not in DRIVERS[backend]:
        raise InputError(
            f"--study: expected {backend}:// with the driver {' or '.join(DRIVERS[backend])}, "
            f"received {driver!r}"
        )
    url = url.set(drivername=f"{backend}+{driver}")
    if backend == "sqlite" and _in_memory(url):
        raise InputError(
            "--study: expected a file, such as sqlite:///study.db: memory cannot be shared"
        )
    secrets = [url.password, *(v for k, v in _query(url) if SECRET.search(k))]
    words = {form(s) for s in secrets if s for form in (str, quote, quote_plus, repr)}
    hidden = url.set(query={k: "***" if SECRET.search(k) else v for k, v in url.query.items()})
    shown = hidden.set(drivername=backend).render_as_string(hide_password=True)
    shown = shown.replace("%2A%2A%2A", "***")
    return Place(printable(shown), None, url, tuple(sorted(words, key=len, reverse=True)))


def _query(url: Any) -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, values in url.query.items()
        for value in ((values,) if isinstance(values, str) else values)
    ]


def _in_memory(url: Any) -> bool:
    said = f"{url.database or ''} {dict(url.query)}"
    return not url.database or ":memory:" in said or "'memory'" in said
