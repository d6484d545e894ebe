"""The settings that a page can choose: those of ``chainrule train``, with the rule, the meaning and
the value of each as the configuration declares them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from .. import data, experiment
from ..config import Config, Settings
from ..config.reference import Form, in_words, tables
from ..config.settings import assignments
from ..data.folder.listing import SUFFIXES
from ..errors import InputError, did_you_mean
from ..printable import received
from ..ranges import UNIONS, choices
from .context import PlayContext

TABLES = ("model", "optimizer", "schedule", "loss")
"""The tables that have a name, which a page chooses."""

TOP = ("epochs", "batch_size", "seed", "precision", "validation", "max_train_images", "max_norm")
"""The settings at the top of a file that a page may choose, if this version has them; and of
tables besides those in `TABLES`, these."""

OTHERS = ("augment.preset",)
DEEP, WIDE = 2, 200  # how far, and at how many folders, folders of images are looked for


def form(context: PlayContext, data: Any = "digits", values: Any = None) -> dict[str, Any]:
    """The fields with the values that they have for this data, after ``values``, texts by their
    dotted paths, are laid over its defaults. InputError for a value that cannot be."""
    config = configured(context, data, values)
    known = {(form.path, form.choice and form.choice[1]): form for form in tables()}
    top = known[(), None]
    groups = [
        {
            "name": "training",
            "fields": [
                *_fields(top, config, TOP),
                *_fields(known[("augment",), None], config.augment, ("preset",)),
            ],
        }
    ]
    for name in TABLES:
        table = getattr(config, name)
        key = str(table.__struct_config__.tag)
        words = [k for path, k in known if path == (name,) and k and k != "pretrained"]
        groups.append(
            {
                "name": name,
                "path": f"{name}.name",
                "value": key,
                "choices": words,
                "fields": list(_fields(known[(name,), key], table)),
            }
        )
    return {"data": config.data, "groups": groups}


def configured(context: PlayContext, data: Any, values: Any = None) -> Config:
    """The configuration of a page's choices: data that it may name, settings that it may set."""
    return experiment.configure(settings(context, data, values), Settings({}), [], context.data_dir)


def settings(context: PlayContext, data: Any, values: Any = None) -> Settings:
    """The same before they are laid over the defaults. InputError for a setting that is no page's
    to choose: none that names a file is."""
    values = {} if values is None else values
    if not isinstance(values, Mapping):
        raise InputError("values: expected an object of settings")
    for path, text in values.items():
        if not isinstance(text, str) or len(text) > 2000:
            raise InputError(f"{str(path)[:80]}: expected a short text, received {received(text)}")
        first, _, rest = path.partition(".")
        if not (path in (*TOP, *OTHERS) or (first in TABLES and rest)):
            raise InputError(f"unknown setting {path[:80]!r}{did_you_mean(path, (*TOP, *OTHERS))}")
    given = assignments(f"{path}={text}" for path, text in values.items())
    return replace(
        given, values={**given.values, "data": data_of(context, data)}, place="", names={}
    )


def data_of(context: PlayContext, name: Any) -> str:
    """The data set of this name, or the folder or table of images that a page may name."""
    if isinstance(name, str) and name in data.NAMES:
        return name
    place = context.place(name)
    if not place.is_dir() and place.suffix.lower() not in (".csv", ".tsv"):
        raise InputError(
            f"data: expected a data set, a folder of images or a .csv, received {received(name)}"
        )
    return str(place)


def data_choices(context: PlayContext) -> list[dict[str, Any]]:
    """The data that there are: sets with a name, whether they are here, and folders of images in
    the working directory and from the command line."""
    found: list[dict[str, Any]] = [
        {
            "value": known.name,
            "here": known.folder is not None and not known.missing,
            "train": known.train,
            "classes": known.classes,
            "shape": known.shape,
        }
        for known in data.catalog(context.data_dir)
    ]
    folders = list(image_folders(Path.cwd()))
    if context.chosen.get("kind") == "data" and context.chosen["name"] not in data.NAMES:
        folders.insert(0, Path(context.chosen["name"]))
    for folder in dict.fromkeys(folders):
        inside = folder.is_relative_to(Path.cwd())
        shown = str(folder.relative_to(Path.cwd())) if inside else folder.name
        found.append({"value": str(folder), "name": shown, "here": True})
    return found


def image_folders(root: Path) -> Iterator[Path]:
    """Folders near ``root`` that have two folders or more with images in them. Only a few are
    looked at, and of each only a few files."""
    waiting, looked = [(root, 0)], 0
    while waiting and looked < WIDE:
        folder, depth = waiting.pop(0)
        looked += 1
        below = [f for f in _entries(folder) if f.is_dir() and not f.name.startswith((".", "_"))]
        if sum(any(_is_image(f) for f in _entries(Path(b))[:20]) for b in below[:20]) > 1:
            yield folder
        elif depth < DEEP:
            waiting += [(Path(f), depth + 1) for f in below]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(islice(entries, WIDE), key=lambda entry: entry.name)
    except OSError:
        return []


def _is_image(entry: os.DirEntry[str]) -> bool:
    return Path(entry.name).suffix.lower() in SUFFIXES and entry.is_file()


def _fields(
    form: Form, table: msgspec.Struct, names: tuple[str, ...] | None = None
) -> Iterator[dict[str, Any]]:
    """A field for each setting of a table, or for those of these names, in their order."""
    settings = {setting.name: setting for setting in form.settings}
    for name in names or settings:
        if name not in settings:
            continue
        kind, value = settings[name].kind, getattr(table, name)
        yield {
            "path": form.dotted(name),
            "name": name,
            "value": _text(value),
            "rule": in_words(kind).replace("`", ""),
            "meaning": form.meaning(name).replace("`", ""),
            **_control(kind),
        }


def _text(value: Any) -> str:
    plain = msgspec.to_builtins(value)
    return plain if isinstance(plain, str) else "" if plain is None else json.dumps(plain)


def _control(kind: Any) -> dict[str, Any]:
    """What to choose or type the value with."""
    if get_origin(kind) not in UNIONS:
        words = choices(kind) or (get_args(kind) if get_origin(kind) is Literal else ())
        if words and all(isinstance(word, str) for word in words):
            return {"control": "choice", "choices": list(words)}
    if kind is bool:
        return {"control": "choice", "choices": ["true", "false"]}
    inner = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return {"control": "number" if inner in (int, float) else "text"}
