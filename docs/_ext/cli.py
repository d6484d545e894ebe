"""``{cli}``: every command of the program, with its arguments and options."""

from __future__ import annotations

import inspect

from commands import console
from cyclopts import App
from docutils import nodes
from pagemaking import code, paragraph, section, table, words
from program import every, options, usage
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HEADER = ("argument or option", "default", "meaning")


def rows(command: App) -> list[list[list[nodes.Node]]]:
    made = []
    for names, default, meaning in options(command):
        listed = [node for name in names for node in (nodes.Text(", "), code(name))][1:]
        made.append([listed, [code(default)] if default else [], words(meaning)])
    return made


class Cli(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [self.described(path, command) for path, command in every()]

    def described(self, path: tuple[str, ...], command: App) -> nodes.section:
        made = section("command-" + "-".join(path), [code(" ".join(("chainrule", *path)))])
        doc = inspect.getdoc(command.default_command) or command.help or ""
        made += console(f"$ {usage(path, command)}")
        made += [paragraph(*words(each)) for each in doc.split("\n\n")]
        if every_row := rows(command):
            made += table(HEADER, every_row)
        return made


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("cli", Cli)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
