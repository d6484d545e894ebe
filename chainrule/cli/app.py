"""The commands and their one-line descriptions. A command's module is imported when it is used."""

from __future__ import annotations

from cyclopts import App


def version() -> str:
    from importlib.metadata import version

    return version("chainrule")


app = App(
    name="chainrule",
    help="Train image classifiers whose every gradient is written out, and proven right.",
    version=version,
    version_flags=["--version"],
    help_flags=["--help", "-h"],
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)

data = App(name="data", help="Get, take in and check the files of data sets.", sort_key=99)
app.command(data)

TRAIN = (
    "Train a model and leave a run folder.\n\n"
    "Every setting has a default that suits DATA. A --config file overrules it, options "
    "overrule the file, and --set overrules them all."
)

COMMANDS = (
    (app, "train", "chainrule.cli.train:train", TRAIN),
    (app, "resume", "chainrule.cli.train:resume", "Go on with a run that was interrupted."),
    (app, "evaluate", "chainrule.cli.evaluate:evaluate", "Measure a run on test pictures."),
    (app, "predict", "chainrule.cli.predict:predict", "Say what pictures show."),
    (app, "check", "chainrule.cli.check:check", "Check gradients against finite differences."),
    (app, "doctor", "chainrule.cli.doctor:doctor", "Examine a training before it is run."),
    (app, "cost", "chainrule.cli.cost:cost", "Say what a training costs, layer by layer."),
    (app, "report", "chainrule.cli.report:report", "Write a run's report.html again."),
    (app, "draw", "chainrule.cli.draw:draw", "Draw activations, schedules, augmentations …"),
    (app, "reproduce", "chainrule.cli.reproduce:reproduce", "Run a recipe that backs a claim."),
    (app, "warmup", "chainrule.cli.warmup:warmup", "Compile all kernels now, instead of later."),
    (app, "bench", "chainrule.cli.bench:bench", "Time training beside other frameworks."),
    (data, "fetch", "chainrule.cli.data:fetch", "Download a data set, with checksums."),
    (data, "import", "chainrule.cli.data:import_", "Take a data set's files from here."),
    (data, "verify", "chainrule.cli.data:verify", "Check a data set's files."),
    (data, "audit", "chainrule.cli.audit:audit", "Look for what spoils a training in pictures."),
)

for place, (group, name, function, summary) in enumerate(COMMANDS):
    group.command(function, name=name, help=summary, sort_key=place)
