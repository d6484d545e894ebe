"""Docstrings as they stand in the sources, which align their equations and shapes by hand.

A paragraph with aligned columns, or one that is indented, keeps its spaces; the others are prose.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature


def paragraphs(lines: list[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def is_aligned(block: list[str]) -> bool:
    return any(line.startswith("  ") or re.search(r"\S {3,}\S", line) for line in block) or (
        len(block) > 1 and all(re.match(r"\S+ {2,}\S| {4,}", line) for line in block)
    )


def escape(line: str) -> str:
    """Stars, bars and trailing underscores are no markup; what is in back-quotes is code."""
    parts = re.split(r"(``[^`]+``|`[^`]+`)", line)
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = f"``{part.strip('`')}``"
        else:
            parts[i] = re.sub(r"([*|\\]|_(?=\W|$))", r"\\\1", part)
    return "".join(parts)


def as_written(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Replace ``lines`` by what reStructuredText shows in the same way."""
    made: list[str] = []
    for block in paragraphs(list(lines)):
        if block[0].lstrip().startswith(">>>"):
            made += [line.strip() for line in block]
        elif is_aligned(block):
            made += ["::", "", *(f"    {line}" for line in block)]
        else:
            made += [escape(line.strip()) for line in block]
        made.append("")
    lines[:] = made


def signature(
    app: Sphinx, what: str, name: str, obj: object, options: object, given: str, returned: str
) -> tuple[str | None, str | None]:
    """As the source has it: a layer's arguments are those of ``__init__``, which ``Layer.__new__``
    hides, and aliases and functions go by their names."""
    if what == "class" and (given or "").startswith("(*args"):
        found = inspect.signature(obj.__init__)  # type: ignore[misc]
        own = list(found.parameters.values())[1:]
        given = stringify_signature(found.replace(parameters=own, return_annotation=found.empty))
    return by_name(given), by_name(returned)


# What a signature has that is no Python, which Sphinx could not parse, or nothing to a reader.
BY_NAME = {
    r"<factory>|<function <lambda>>": "...",
    r"<[a-z -]+ '?(?:\w+\.)*(\w+)'?>": r"\1",  # <function he_normal>, <class 'a.module.Class'>
    r"TypeAliasForwardRef\('(\w+)'\)": r"\1",
    r"[~\w.]*Annotated\[(.*?), [~\w.]*(?:OneOf|Setting|InEpochs)\(.*?\)\](?=[,) ])": r"\1",
}


def by_name(text: str | None) -> str | None:
    for pattern, name in BY_NAME.items() if text else ():
        text = re.sub(pattern, name, text)
    return text


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("autodoc-process-docstring", as_written)
    app.connect("autodoc-process-signature", signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
