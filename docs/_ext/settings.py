"""``{settings}``: every table of a configuration, from the declarations that check it."""

from __future__ import annotations

import inspect
import re
from itertools import takewhile
from typing import Any

import msgspec
from docutils import nodes
from pagemaking import code, paragraph, section, table, words
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from chainrule.config.reference import Form, in_words, meanings, tables, toml

HEADER = ("setting", "default", "rule", "meaning")


def rows(form: Form) -> list[list[list[nodes.Node]]]:
    made = []
    if form.choice:
        key, word = form.choice
        made.append([[code(key)], [], [code(toml(word))], words("chooses this form")])
    for s in form.settings:
        rule = words(in_words(s.kind))
        made.append([[code(s.name)], shown(s.default), rule, words(form.meaning(s.name))])
    return made


def shown(value: Any) -> list[nodes.Node]:
    if value is msgspec.NODEFAULT:
        return words("required")
    return words("not set") if value is None else [code(toml(value))]


def described(form: Form) -> list[nodes.Node]:
    part = form.part
    made: list[nodes.Node] = []
    if part is not None:
        made.append(paragraph(nodes.Text("Arguments of "), reference(part), nodes.Text(".")))
        made += introduction(part)
    else:
        summary = inspect.cleandoc(form.struct.__doc__ or "").split("\n\n")[0]
        if form.path and not meanings(summary):
            said = re.sub(r"^(\[\S+?\]|kind = \S+):? ?", "", summary)
            made.append(paragraph(*words(said[:1].upper() + said[1:])))
    if every := rows(form):
        made.append(table(HEADER, every))
    return made


def introduction(part: Any) -> list[nodes.Node]:
    """The equations that its docstring begins with, or else the first paragraph."""
    paragraphs = (inspect.getdoc(part) or "").split("\n\n")
    equations = list(takewhile(lambda text: re.search(" [=←] ", text), paragraphs))
    if equations and inspect.isclass(part):
        text = "\n\n".join(equations[:4])
        return [nodes.literal_block(text, text, language="none")]
    return [] if meanings(paragraphs[0]) else [paragraph(*words(paragraphs[0]))]


def reference(part: Any) -> nodes.Node:
    """A link to where the API reference describes it, if it does."""
    package = part.__module__.rpartition(".")[0]
    target = f"{package}.{part.__qualname__}"
    link = addnodes.pending_xref(
        "", refdomain="py", reftype="obj", reftarget=target, refexplicit=True, refwarn=False
    )
    link += code(target)
    return link


class Settings(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        made: dict[tuple[str, ...], nodes.section] = {}
        for form in tables():
            anchor = "-".join(("table", *form.path)).replace("_", "-")
            if form.path not in made:
                title = [code(form.name)] if form.path else [nodes.Text(form.name)]
                made[form.path] = section(anchor, title)
            place = made[form.path]
            if form.choice:
                key, word = form.choice
                title = [code(f'{key} = "{word}"')]
                title += [nodes.Text(", the default")] if form.value is not None else []
                place += section(f"{anchor}-{word}", title, *described(form))
            else:
                place += described(form)
        for path, inner in made.items():
            if len(path) > 1:
                made[path[:1]] += inner
        return [each for path, each in made.items() if len(path) < 2]


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("settings", Settings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
