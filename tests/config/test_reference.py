from __future__ import annotations

from chainrule.config import schema
from chainrule.config.reference import forms, in_words, meanings, tables


def test_every_form_is_described():
    described = {(form.path, form.choice[1] if form.choice else None) for form in forms()}
    for table, choices in (
        ("optimizer", schema.OPTIMIZERS),
        ("schedule", schema.SCHEDULES),
        ("loss", schema.LOSSES),
        ("model", schema.MODELS),
        ("clip", schema.CLIP_FORMS),
        ("average", schema.AVERAGE_FORMS),
    ):
        assert {((table,), name) for name in choices} <= described
    assert {(("augment", name), None) for name in schema.AUGMENTATIONS} <= described


def test_every_setting_is_listed():
    """Top-level names are either settings of the top or tables; none is lost between the two."""
    every = list(forms())
    tables = {form.path[0] for form in every if form.path}
    top = {setting.name for setting in every[0].settings}
    assert top | tables == set(schema.Config.__struct_fields__)
    for form in every:
        for setting in form.settings:
            assert in_words(setting.kind), (form.name, setting.name)


def test_what_a_setting_means_is_taken_from_aligned_lines():
    doc = "A thing.\n\nlr       the rate,\n         of a step\npatience epochs\n\nNot this line."
    assert meanings(doc) == {"lr": "the rate, of a step", "patience": "epochs"}


def test_every_setting_says_what_it_means():
    """Of a new one, in the docstring of what it feeds or in ``config.meanings``."""
    silent = [f.dotted(s.name) for f in tables() for s in f.settings if not f.meaning(s.name)]
    assert silent == []


def test_a_table_that_several_have_is_listed_once_after_them():
    paths = [form.path for form in tables()]
    groups = ("optimizer", "groups", "PATTERN")
    assert paths.count(groups) == 1
    assert paths[paths.index(groups) - 1] == ("optimizer",)
    assert {(f.path, f.choice) for f in tables()} == {(f.path, f.choice) for f in forms()}
    assert len({(form.path, form.choice) for form in tables()}) == len(paths)
