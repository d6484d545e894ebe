"""``{public} chainrule.layers``: every name that a module offers, documented once.

A package offers what its ``__init__`` imports under the same name (``from .linear import Linear as
Linear``), a module what it defines without an underscore. What two modules offer is described where
it is defined, and listed with a link elsewhere.
"""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from types import ModuleType

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def public_names(module: ModuleType) -> list[str]:
    """In the order of the source."""
    tree = ast.parse(inspect.getsource(module))
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            names += [alias.name for alias in node.names if alias.asname == alias.name]
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node in tree.body:
            names += [node.name] if node.name[0] != "_" else []
    return names


def kind(thing: object) -> str:
    if inspect.isclass(thing):
        return "autoexception" if issubclass(thing, BaseException) else "autoclass"
    return "autofunction" if callable(thing) else "autodata"


class Public(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        lines = ["```{eval-rst}", *(inspect.getdoc(module) or "").splitlines()[:1], ""]
        for name in public_names(module):
            thing = getattr(module, name)
            if isinstance(thing, ModuleType) or kind(thing) == "autodata":
                continue
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
