"""Every setting as a TOML file in which nothing is set yet, to be filled in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from .reference import Form, Setting, in_words, toml
from .resolve import fits

HEAD = """\
# Settings of chainrule, for: chainrule train DATA --config FILE
#
# A line that begins with "#" and a name is a setting with its default. Remove the "#" to change
# it, and that before its [table] if there is one. As it is, this file changes nothing: DATA has
# defaults of its own, which a run's config.toml shows.
"""
EXAMPLES = ("", 1, [1.0])
"""Values for settings that have none by default: the first that the rule allows."""


def template(chosen: Iterable[tuple[Form, list[Setting]]]) -> str:
    """A TOML file of these settings, each in a comment with its default, rule and meaning.

    It is read as it is, and changes nothing. With the comment signs before the settings of one
    form of a table removed, and before its heading, it still is.
    """
    lines = [HEAD]
    heading: tuple[str, ...] = ()
    for form, settings in chosen:
        if form.path != heading:
            heading = form.path
            lines.append(f"\n{_heading(form)}")
        if form.choice:
            key, word = form.choice
            default = ", the default" if form.value is not None else ""
            lines += ["", f"#{key} = {toml(word)}  # with these settings{default}:"]
        lines += [_line(form, setting) for setting in settings]
    return "\n".join(lines) + "\n"


def _heading(form: Form) -> str:
    """Of a table that is off by default, in a comment: it would be on with its heading."""
    path = ".".join('"*.bias"' if name == "PATTERN" else name for name in form.path)
    is_off = form.value is None and form.choice is None
    return f"{'#' if is_off else ''}[{path}]"


def _line(form: Form, setting: Setting) -> str:
    value: Any = setting.default
    unset = value is None or value is msgspec.NODEFAULT
    if unset:
        value = next(each for each in EXAMPLES if fits(setting.kind, each))
    said = f"{plain(form.meaning(setting.name))} ({plain(setting.kind)})"
    return f"#{setting.name} = {toml(value)}  # {'not set; ' if unset else ''}{said}"


def plain(said: Any) -> str:
    """A meaning, or the rule of a type, without the marks of code."""
    return (said if isinstance(said, str) else in_words(said)).replace("`", "")
