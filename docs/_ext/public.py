"""``{public} chainrule.layers``: every name that a module offers, documented once.

A module offers what its ``__all__`` lists: see ``chainrule.public``. What two modules offer is
described where it is first met, and listed with a link elsewhere.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective


def kind(thing: object) -> str:
    if inspect.isclass(thing):
        return "autoexception" if issubclass(thing, BaseException) else "autoclass"
    return "autofunction"


def value(module: ModuleType, name: str) -> list[str]:
    """A table or alias: the string below its assignment, in ``module`` or where that has it from,
    and the keys of a table."""
    thing, package = getattr(module, name), f"{module.__name__}."
    doc: list[str] = []
    for home in (module.__name__, *(found for found in sys.modules if found.startswith(package))):
        if not doc and vars(sys.modules[home]).get(name) is thing:
            doc = ModuleAnalyzer.for_module(home).find_attr_docs().get(("", name), [])
    words = list(thing) if isinstance(thing, (Mapping, tuple)) else []
    if all(isinstance(word, str) for word in words):
        doc = [*doc, " · ".join(f"``{word}``" for word in words)]
    return [f".. py:data:: {package}{name}", "", *(f"   {line}" for line in doc), ""]


class Public(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        lines = ["```{eval-rst}", *(inspect.getdoc(module) or "").splitlines()[:1], ""]
        for name in module.__all__:
            thing = getattr(module, name)
            if isinstance(thing, ModuleType) or name == "__version__":
                continue
            if not inspect.isclass(thing) and not inspect.isroutine(thing):
                lines += value(module, name)
                continue
            full = f"{module.__name__}.{name}"
            home = self.env.domaindata.setdefault("chainrule", {}).setdefault("homes", {})
            key = f"{thing.__module__}.{name}"
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
