"""Source code as colored words, and what belongs beside it."""

from __future__ import annotations

import ast
import inspect
import io
import keyword
import textwrap
import token
import tokenize
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..kernels import REFERENCE

KINDS = {token.STRING: "string", token.NUMBER: "number", tokenize.COMMENT: "comment"}
Words = list[tuple[str, str]]


def source_of(thing: type | Callable[..., Any]) -> dict[str, Any]:
    """Where a class or a function of this package stands, and its source as `words`. Where there
    is no source, as in an installation of compiled files alone, the words are none."""
    thing = inspect.unwrap(thing) if not isinstance(thing, type) else thing
    try:
        lines, first = inspect.getsourcelines(thing)
        file = Path(inspect.getsourcefile(thing) or "")
    except (OSError, TypeError):
        return {"file": "", "line": 0, "words": []}
    package = Path(__file__).parents[1]
    inside = package in file.parents
    place = file.relative_to(package.parent).as_posix() if inside else file.name
    return {"file": place, "line": first, "words": words(textwrap.dedent("".join(lines)))}


def words(source: str) -> Words:
    """``source`` cut into (kind, text): "keyword", "name" (of a class or function that begins),
    "string", "number", "comment", or "" for all between. Joined they are the source.

    >>> words("def f(x):  # half\\n    return x / 2\\n")[:4]
    [('keyword', 'def'), ('', ' '), ('name', 'f'), ('', '(x):  ')]
    """
    starts = [0]
    for line in io.StringIO(source):
        starts.append(starts[-1] + len(line))
    found: Words = []
    done, before = 0, ""
    try:
        for each in tokenize.generate_tokens(io.StringIO(source).readline):
            kind = KINDS.get(each.type, "")
            if each.type == token.NAME:
                named = before in ("def", "class")
                kind = "keyword" if keyword.iskeyword(each.string) else "name" if named else ""
                before = each.string
            if kind:
                start = starts[each.start[0] - 1] + each.start[1]
                end = starts[each.end[0] - 1] + each.end[1]
                found += [("", source[done:start])] if start > done else []
                found.append((kind, source[start:end]))
                done = end
    except (tokenize.TokenError, SyntaxError):
        pass  # what follows stays plain
    return [*found, ("", source[done:])] if done < len(source) else found


def kernels_of(kind: type) -> list[str]:
    """The kernels that a layer calls, in the order of its source: ``kernels.of(x).conv2d(…)``."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return []
    called = [
        (node.end_lineno, node.end_col_offset, node.func.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and _is_kernels(node.func.value)
    ]  # fmt: skip
    names = dict.fromkeys(name for *_, name in sorted(called))
    return [name for name in names if hasattr(REFERENCE, name)]


def _is_kernels(node: ast.expr) -> bool:
    """Whether it is ``kernels.of(…)``, or a variable that is called after it."""
    if isinstance(node, ast.Name):
        return node.id in ("kernel", "kernels")
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr == "of"
    )  # fmt: skip
