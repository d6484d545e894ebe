"""The template of all settings changes nothing as it is, and each of its parts is right."""

from __future__ import annotations

import re
import tomllib

import pytest

from chainrule.config import DEFAULTS, Settings, resolve
from chainrule.config.reference import tables
from chainrule.config.template import template

EVERY = [(form, form.settings) for form in tables()]


@pytest.mark.parametrize("data", list(DEFAULTS))
def test_as_it_is_it_changes_nothing(data: str) -> None:
    given = Settings(tomllib.loads(template(EVERY)))
    chosen = Settings({"data": data})
    assert resolve(given, chosen) == resolve(chosen)


@pytest.mark.parametrize(
    "form", [form for form, _ in EVERY], ids=lambda form: f"{form.name} {form.choice}"
)
def test_the_settings_of_each_form_can_be_uncommented(form) -> None:
    text = template([(form, form.settings)])
    lines = [re.sub(r"^#(?=[a-z\[])", "", line) for line in text.splitlines()]
    values = tomllib.loads("\n".join(lines))
    for name in ("*.bias" if name == "PATTERN" else name for name in form.path):
        values = values[name]
    expected = {setting.name for setting in form.settings} | {form.choice[0] if form.choice else ""}
    assert set(values) == expected - {""}
    if form.choice == ("name", "pretrained"):
        lines += ["[pretrained]", 'source = "mobilenet_v2"']
    resolve(Settings(tomllib.loads("\n".join(lines))))


def test_every_setting_stands_there_with_its_default_rule_and_meaning() -> None:
    text = template(EVERY)
    assert (
        "#lr = 0.001  # the learning rate at its peak; [schedule] says how it changes (a positi"
        in text
    )
    assert '#name = "adam"  # with these settings, the default:' in text
    assert '\n#data_dir = ""  # not set; where the data lie' in text
    for form, settings in EVERY:
        for setting in settings:
            assert f"\n#{setting.name} = " in text, form.dotted(setting.name)


def test_a_table_that_would_be_on_is_in_a_comment() -> None:
    text = template(EVERY)
    assert "\n#[augment.rotation]\n" in text
    assert '\n#[optimizer.groups."*.bias"]\n' in text
    assert "\n[optimizer]\n" in text
