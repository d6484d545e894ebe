"""The commands and their one-line descriptions. A command's module is imported when it is used."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, get_args

from cyclopts import App, Parameter, convert

if TYPE_CHECKING:
    from cyclopts import Token


def version() -> str:
    from importlib.metadata import version

    return version("chainrule")


def exact(kind: Any, tokens: Sequence[Token]) -> Any:
    """What cyclopts makes of the words of an option, but no rounded numbers: it takes 1.5 for 2."""
    if int in (kind, *get_args(kind)):
        for token in tokens:
            if not re.fullmatch(r"[+-]?(\d+|0[xob][0-9a-f]+)", token.value.lower(), re.ASCII):
                raise ValueError(f"expected a whole number, received {token.value!r}")
    return convert(kind, tokens)


app = App(
    name="chainrule",
    default_parameter=Parameter(converter=exact),
    help="Train image classifiers whose every gradient is written out, and proven right.",
    version=version,
    version_flags=["--version"],
    help_flags=["--help", "-h"],
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)

data = App(name="data", help="List, download, import, verify and audit data sets.", sort_key=99)
app.command(data)
weights = App(name="weights", help="List, download and import pre-trained weights.", sort_key=99)
app.command(weights)

COMMANDS = (
    (app, "train", "chainrule.cli.train:train", "Train a model and write a run folder."),
    (app, "resume", "chainrule.cli.train:resume", "Resume an interrupted run."),
    (app, "evaluate", "chainrule.cli.evaluate:evaluate", "Evaluate a run on test images."),
    (app, "predict", "chainrule.cli.predict:predict", "Classify images."),
    (app, "export", "chainrule.cli.export:export", "Export a model: ONNX, web page, PyTorch."),
    (app, "compare", "chainrule.cli.compare:compare", "Compare runs: is one better?"),
    (app, "classic", "chainrule.cli.classic:classic", "Classify by neighbors or linearly."),
    (app, "check", "chainrule.cli.check:check", "Check gradients against finite differences."),
    (app, "doctor", "chainrule.cli.doctor:doctor", "Diagnose a training setup before it runs."),
    (app, "replay", "chainrule.cli.replay:replay", "Replay a step: where a NaN was born."),
    (app, "cost", "chainrule.cli.cost:cost", "Estimate what training costs, layer by layer."),
    (app, "report", "chainrule.cli.report:report", "Rewrite a run's report.html."),
    (app, "search", "chainrule.cli.search:search", "Search for settings with many runs."),
    (app, "draw", "chainrule.cli.draw:draw", "Draw what a model has learned, activations …"),
    (
        app,
        "reproduce",
        "chainrule.cli.reproduce:reproduce",
        "List what the five reports state beside ours; measure one.",
    ),
    (app, "models", "chainrule.cli.models:models", "List the models: sizes, accuracies."),
    (
        app,
        "settings",
        "chainrule.cli.settings:settings",
        "List every setting: default, rule, meaning.",
    ),
    (
        app,
        "completion",
        "chainrule.cli.completion:completion",
        "Print the completion of a shell: bash, zsh or fish.",
    ),
    (app, "play", "chainrule.cli.play:play", "Open the playground in a browser."),
    (app, "warmup", "chainrule.cli.warmup:warmup", "Compile all kernels ahead of time."),
    (app, "bench", "chainrule.cli.bench:bench", "Benchmark training against other frameworks."),
    (data, "list", "chainrule.cli.data:list_", "List the data sets that have a name."),
    (data, "fetch", "chainrule.cli.data:fetch", "Download a data set and verify it."),
    (data, "import", "chainrule.cli.data:import_", "Import a data set from local files."),
    (data, "verify", "chainrule.cli.data:verify", "Verify a data set's files."),
    (data, "audit", "chainrule.cli.audit:audit", "Find problems in image data."),
    (weights, "list", "chainrule.cli.weights:list_", "List the models with ImageNet weights."),
    (weights, "fetch", "chainrule.cli.weights:fetch", "Download ImageNet weights."),
    (weights, "import", "chainrule.cli.weights:import_", "Import weights from a local file."),
)

for place, (group, name, function, summary) in enumerate(COMMANDS):
    group.command(function, name=name, help=summary, sort_key=place)


@contextmanager
def explained(words: Sequence[str]) -> Iterator[None]:
    """Inside, the command that ``words`` begin with has the whole docstring of its function as its
    help, in place of the line that stands for it in lists."""
    command = app
    for word in words:
        if word.startswith("-") or word not in command:
            break
        command = command[word]
    before = command.help
    if doc := command.default_command and inspect.getdoc(command.default_command):
        command.help = re.sub(r"(?<!\n)\n(?!\n)", " ", doc)  # each paragraph is wrapped anew
    try:
        yield
    finally:
        command.help = before
