"""Configurations as TOML files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..errors import InputError
from ..notation import Lines
from .overlay import NotToml, Settings, parse, toml_key
from .overlay import Path as Keys
from .resolve import resolve
from .schema import Config


def read_settings(path: str | os.PathLike[str], *, by_run: bool = False) -> Settings:
    """The settings in a TOML file. If a run wrote it, ``by_run``, no warning is of its old names.
    InputError names the file, and the line that is not TOML.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "exp.toml")
    ...     _ = file.write_text("epochs = 3")
    ...     read_settings(file).values
    {'epochs': 3}
    """
    try:
        values = parse(Path(path).read_bytes().decode("utf-8-sig"))  # Notepad begins with a BOM
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not TOML: {error}") from None
    except NotToml as error:
        raise InputError(f"{path} is not TOML: {error}") from None
    return Settings(values, place=str(path), by_run=by_run)


def load(path: str | os.PathLike[str], *, by_run: bool = False) -> Config:
    """The configuration in a file: what `to_toml` wrote is read back as it was. If a run wrote the
    file, ``by_run``, no warning says that a setting has another name now. InputError as from
    `read_settings` and `resolve`.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "exp.toml")
    ...     _ = file.write_text(to_toml(resolve()))
    ...     load(file) == resolve()
    True
    """
    return resolve(read_settings(path, by_run=by_run))


def to_toml(config: Config) -> Lines:
    """Every value of ``config``, so that no default of another version can creep in.

    >>> print(to_toml(resolve()).splitlines()[0])
    data = "digits"
    """
    return Lines("\n".join(_tables(msgspec.to_builtins(config), ())))


def _tables(table: dict[str, Any], path: Keys) -> Iterator[str]:
    """The values of a table under its heading, then the tables inside it."""
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    lines = [
        f"{toml_key(key)} = {_text(value)}\n"
        for key, value in table.items()
        if key not in inner and value is not None
    ]
    heading = f"[{'.'.join(map(toml_key, path))}]\n" if path else ""
    if lines or not inner:
        yield heading + "".join(lines)
    for key, value in inner.items():
        yield from _tables(value, (*path, key))


def _text(value: Any) -> str:
    """A TOML value. JSON's numbers, booleans and lists are TOML's too, and so are its strings but
    for DEL, which TOML wants escaped as JSON escapes the other control characters."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")
