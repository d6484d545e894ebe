"""``{public} chainrule.layers``: every name that a module offers, documented once.

A module offers what its ``__all__`` lists: see ``chainrule.public``. What two modules offer is
described where it is first met, and listed with a link elsewhere.
"""

from __future__ import annotations

import inspect
from importlib import import_module

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def kind(thing: object) -> str:
    if inspect.isclass(thing):
        return "autoexception" if issubclass(thing, BaseException) else "autoclass"
    return "autofunction"


class Public(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        lines = ["```{eval-rst}", *(inspect.getdoc(module) or "").splitlines()[:1], ""]
        for name in module.__all__:
            thing = getattr(module, name)
            if not inspect.isclass(thing) and not inspect.isroutine(thing):
                continue  # a module has a page of its own, a table of names its docstring
            full = f"{module.__name__}.{name}"
            home = self.env.domaindata.setdefault("chainrule", {}).setdefault("homes", {})
            key = f"{getattr(thing, '__module__', module.__name__)}.{name}"
            if home.setdefault(key, (full, self.env.docname)) != (full, self.env.docname):
                lines += [f"``{name}`` is :py:obj:`{home[key][0]}`.", ""]
                continue
            members = ["   :members:"] if inspect.isclass(thing) else []
            lines += [f".. {kind(thing)}:: {full}", *members, ""]
        content = StringList([*lines, "```"], source=module.__name__)
        holder = nodes.section()
        holder.document = self.state.document
        self.state.nested_parse(content, self.content_offset, holder)
        return holder.children


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("public", Public)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
