"""Open what a study is kept in, with what lets one process at a time change it."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import WriteFailed
from ..printable import one_line
from .journal import Journal, expect_journal
from .lease import Lost
from .mutex import FileMutex, Mutex, ServerMutex
from .place import Place

CONNECT = {
    "connect_timeout": 10,  # seconds, for each address of the host
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds: a server that vanishes is noticed
    "application_name": "chainrule search",
}  # fmt: skip
INSTALL = {
    "psycopg": "pip install 'chainrule[postgresql]'",
    "psycopg2": "pip install psycopg2-binary, or write postgresql:// and "
    "pip install 'chainrule[postgresql]'",
}


class Unreachable(WriteFailed):
    """The study cannot be read or written now: the server is away, or the disk is full."""


def open_mutex(place: Place, name: str) -> Mutex:
    """What one process of all hosts holds at a time. InputError where there can be none."""
    if (file := place.path) is None:
        return ServerMutex(_engine(place), name)
    _expect_study(file, place)
    if place.url is not None and not file.parent.is_dir():
        raise InputError(f"--study: cannot open {place.shown}: there is no folder {file.parent}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--study: cannot create {file.parent}: {error.strerror}") from None
    return FileMutex(file.with_name(f"{file.name}.study"))


def _expect_study(file: Path, place: Place) -> None:
    """InputError for a file that is there and no study: nothing is made beside it."""
    if not file.exists():
        return
    if not file.is_file():
        kind = "folder" if file.is_dir() else "device"
        raise InputError(f"--study: expected a file or a URL, and {place.shown} is a {kind}")
    with opening(place), file.open("rb") as opened:
        if place.url is None:
            expect_journal(file, opened.readline())
        elif (said := opened.read(len(SQLITE))) and said != SQLITE:
            raise InputError(f"--study: {file} is not a study: expected an SQLite database")


SQLITE = b"SQLite format 3\0"


def open_storage(package: Any, place: Place, *, make: bool = True) -> Any:
    """Optuna's storage; with ``make`` it is begun where there is none. Within the mutex: two that
    make the same tables meet. InputError for a place that is none."""
    with opening(place):
        if place.url is not None:
            return _tables(package, place, make)
        assert place.file is not None
        if make:
            place.file.touch()
        return package.storages.JournalStorage(Journal(package, place.file))


def _tables(package: Any, place: Place, make: bool) -> Any:
    """Optuna's storage in a database."""
    import sqlalchemy

    url = place.url.render_as_string(hide_password=False)
    url = url.replace("{", "{{").replace("}", "}}")  # Optuna takes them for a template
    engine = sqlalchemy.create_engine(place.url, **_options(place))
    try:
        if not make and not sqlalchemy.inspect(engine).has_table("studies"):
            raise KeyError("no tables yet")
        storage = package.storages.RDBStorage(
            url,
            engine_kwargs={"pool": engine.pool, "hide_parameters": True},
            skip_table_creation=not make,
        )
    except BaseException:
        engine.dispose()
        raise
    weakref.finalize(storage, engine.dispose)
    return storage


def _engine(place: Place) -> Any:
    """Connections to the server of the mutex's own, each for as long as it is held."""
    import sqlalchemy

    with opening(place):
        return sqlalchemy.create_engine(
            place.url, poolclass=sqlalchemy.pool.NullPool, connect_args=_connect(place)
        )


def _options(place: Place) -> dict[str, Any]:
    if not place.is_server:
        return {"connect_args": {"timeout": 30}}
    # One connection a worker: servers have a hundred or so.
    return {
        "pool_size": 1, "max_overflow": 2, "pool_pre_ping": True, "connect_args": _connect(place),
    }  # fmt: skip


def _connect(place: Place) -> dict[str, Any]:
    return {key: value for key, value in CONNECT.items() if key not in place.url.query}


@contextmanager
def opening(place: Place) -> Iterator[None]:
    """Inside, whatever a database or a file raises becomes an InputError of one line, but the
    KeyError of a study that is not there."""
    try:
        yield
    except (InputError, KeyError):
        raise
    except ModuleNotFoundError as error:
        name = error.name or "its driver"
        todo = INSTALL.get(name, f"pip install {name}")
        raise InputError(f"--study: {place.shown} needs the package {name}: {todo}") from None
    except Exception as error:  # each database has errors of its own
        raise InputError(f"--study: cannot open {place.shown}: {reason(error, place)}") from None


@contextmanager
def reaching(place: Place) -> Iterator[None]:
    """Inside, where a study that was opened is read or written, such errors become Unreachable,
    after which `files.patiently` tries again."""
    from optuna.exceptions import UpdateFinishedTrialError

    try:
        yield
    except (InputError, Lost, UpdateFinishedTrialError):
        raise
    except Exception as error:
        raise Unreachable(f"cannot reach the study {place.shown}: {reason(error, place)}") from None


HINTS = (
    ("database .* does not exist", "create it with createdb"),
    ("permission denied for schema", "create a database of your own: createdb -O USER DATABASE"),
    ("no longer compatible", "or give another database"),
    ("no schema has been selected", "the schema in search_path must exist"),
)


def reason(error: BaseException, place: Place) -> str:
    """The first line of what went wrong, from where it went wrong, without a password."""
    inner = error
    while not isinstance(inner, OSError) and (
        deeper := getattr(inner, "orig", None) or inner.__cause__
    ):
        inner = deeper
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    lines = [line.strip() for line in str(inner).splitlines() if line.strip()]
    said = one_line(place.without_secrets(lines[0])) if lines else type(inner).__name__
    hint = next((todo for words, todo in HINTS if re.search(words, said)), None)
    return f"{said.rstrip('.')}; {hint}" if hint else said
