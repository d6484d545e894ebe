"""Configurations as TOML files."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from ..errors import InputError
from .overlay import Settings
from .resolve import resolve
from .schema import Config


def read_settings(path: str | os.PathLike[str]) -> Settings:
    """The settings in a TOML file. InputError names the file, and the line that is not TOML."""
    try:
        values = tomllib.loads(Path(path).read_bytes().decode())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not TOML: {error}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not TOML: {error}") from None
    return Settings(values, place=str(path))


def load(path: str | os.PathLike[str]) -> Config:
    """The configuration in a file: what `to_toml` wrote is read back as it was."""
    return resolve(read_settings(path))


def to_toml(config: Config) -> str:
    """Every value of ``config``, so that no default of another version can creep in."""
    values = msgspec.to_builtins(config)
    tables = {key: values.pop(key) for key in list(values) if isinstance(values[key], dict)}
    parts = [_lines(values)]
    parts += [f"[{key}]\n{_lines(table)}" for key, table in tables.items()]
    return "\n".join(parts)


def _lines(table: dict[str, Any]) -> str:
    return "".join(f"{key} = {_text(v)}\n" for key, v in table.items() if v is not None)


def _text(value: Any) -> str:
    """A TOML value. JSON's strings, numbers, booleans and lists are TOML's too."""
    return json.dumps(value, ensure_ascii=False)
