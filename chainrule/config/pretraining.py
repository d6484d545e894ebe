"""What a trained model to begin with means for the other settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError
from .defaults import with_source
from .schema import PRETRAINED, Config
from .settings import Settings

Sources = tuple[Settings, ...]


def from_source(sources: Sequence[Settings]) -> tuple[Sources, Sources]:
    """The sources of settings with ``model.name`` as ``pretrained.source`` makes it, and what a
    training from it begins with besides, where there is one.

    A source of settings that names a trained model overrules the [model] of those before it.
    InputError for a [model] beside it or after it, and for settings of [pretrained] without one.
    """
    said = [(i, each, each.values.get(PRETRAINED)) for i, each in enumerate(sources)]
    tables = [(i, each, table) for i, each, table in said if isinstance(table, Mapping)]
    named = [(i, each, table["source"]) for i, each, table in tables if "source" in table]
    if not named or not named[-1][2]:
        _expect_nothing_of_it(sources, tables)
        return tuple(sources), ()
    place, by, source = named[-1]
    for each in sources[place:]:
        model = each.values.get("model")
        name = model.get("name") if isinstance(model, Mapping) else model
        if model is not None and name != PRETRAINED:
            path = ("model", "name") if isinstance(model, Mapping) and name else ("model",)
            raise InputError(
                f"{each.called(path)}: expected none beside {by.called((PRETRAINED, 'source'))} "
                f"{source}, which is the model; leave out one of them"
            )
    merged: dict[str, Any] = {}
    for _, _, table in tables:
        merged |= table
    defaults = Settings(with_source(merged.get("freeze"), merged.get("unfreeze")))
    before = [_without_model(each) for each in sources[:place]]
    model = Settings({"model": {"name": PRETRAINED}})
    return (*before, *sources[place:], model), (defaults,)


def _without_model(settings: Settings) -> Settings:
    values = {key: value for key, value in settings.values.items() if key != "model"}
    return Settings(values, settings.place, settings.names, settings.renamed, settings.by_run)


def _expect_nothing_of_it(
    sources: Sequence[Settings], tables: Sequence[tuple[int, Settings, Mapping[str, Any]]]
) -> None:
    """InputError for what needs a trained model where there is none."""
    usual = Config().pretrained
    way_out = "; --from NAME, RUN or FILE gives one"
    for _, each, table in tables:
        for key, value in table.items():
            if key in usual.__struct_fields__ and value not in (getattr(usual, key), []):
                raise InputError(
                    f"{each.called((PRETRAINED, key))}: expected a trained model to begin with, "
                    f"received none{way_out}"
                )
    for each in sources:
        model = each.values.get("model")
        if PRETRAINED in (model, model.get("name") if isinstance(model, Mapping) else None):
            raise InputError(
                f"{each.called(('model', 'name'))}: expected pretrained.source beside "
                f"{PRETRAINED!r}, received none{way_out}"
            )
