"""Two directives that run chainrule while the documentation is built, so that no output is stale.

```{command} chainrule models      the command and what it prints
```
```{figure-command} draw init      the command and the SVG that it writes to --out
:alt: what is to be seen
:after: chainrule train …          a command that runs before it, once for all that need it
```
"""

from __future__ import annotations

import atexit
import hashlib
import shlex
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def run(arguments: list[str], folder: str) -> str:
    """Standard output of ``chainrule`` with ``arguments``. The build fails if the command does."""
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"chainrule {shlex.join(arguments)}: {done.stderr or done.stdout}")
    return done.stdout


class Command(SphinxDirective):
    """The command with its output."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        _, *arguments = shlex.split(self.arguments[0])
        with tempfile.TemporaryDirectory() as folder:
            text = run(arguments, folder)
        return [console(f"$ {self.arguments[0]}\n{text.rstrip()}")]


class FigureCommand(SphinxDirective):
    """The command with the drawing that it writes."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {
        "alt": directives.unchanged_required, "after": directives.unchanged_required
    }  # fmt: skip

    def run(self) -> list[nodes.Node]:
        _, *arguments = shlex.split(self.arguments[0])
        folder = Path(self.env.app.outdir, "figures")
        folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(self.arguments[0].encode()).hexdigest()[:16] + ".svg"
        first = self.options.get("after")
        run([*arguments, "--out", str(folder / name)], str(folder) if first is None else ran(first))
        depth = self.env.docname.count("/")
        image = nodes.raw(
            "",
            f'<img class="figure" src="{"../" * depth}figures/{name}" '
            f'alt="{nodes.unescape(self.options.get("alt", self.arguments[0]))}">',
            format="html",
        )
        commands = [first, self.arguments[0]] if first else [self.arguments[0]]
        return [console("\n".join(f"$ {command}" for command in commands)), image]


@cache
def ran(command: str) -> str:
    """A folder in which the command has run, until the build ends."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    _, *arguments = shlex.split(command)
    run(arguments, folder.name)
    return folder.name


def console(text: str) -> nodes.literal_block:
    block = nodes.literal_block(text, text)
    block["language"] = "console"
    return block


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("command", Command)
    app.add_directive("figure-command", FigureCommand)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
