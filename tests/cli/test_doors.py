"""How many files somebody opens who follows ``chainrule train`` to the training loop.

Counted are the files of which a function runs from `chainrule.cli.train.train` to `Trainer.fit`,
both included, but for those of what is below an experiment: data, layers, kernels and the like. A
package or module that is not listed as such counts, whatever it is called.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MOST = 14
TO_READ = {  # how a setting becomes a training: see chainrule/experiment/__init__.py
    "cli/train.py",
    "config/settings.py",
    "config/resolve.py",
    "config/schema.py",
    "experiment/preparation.py",
    "experiment/factory.py",
    "experiment/run.py",
    "training/trainer.py",
}
BELOW = {
    *("data", "layers", "kernels", "losses", "optim", "schedules", "initializers", "models"),
    *(
        "cost",
        "distributed",
        "__init__",
        "annotated",
        "architecture",
        "arrays",
        "cells",
        "compat",
        "declared",
        "device",
    ),
    *("files", "hints", "homes", "locks", "machine", "metrics", "notation", "printable", "public"),
    *("random", "ranges", "require", "saving", "step", "sums", "tensorfile", "terminal", "text"),
}

COUNT = """
import inspect, json, sys
from pathlib import Path
import chainrule
from chainrule.cli import main

ROOT = str(Path(chainrule.__file__).parent)
FIRST, LAST = (ROOT + "/cli/train.py", "train"), (ROOT + "/training/trainer.py", "fit")
files, reached = {}, []

def entered(frame, event, argument):
    code = frame.f_code
    place = code.co_filename.replace("\\\\", "/"), code.co_name
    is_function = code.co_flags & inspect.CO_OPTIMIZED  # the bodies of modules and classes are not
    if event == "call" and is_function and place[0].startswith(ROOT) and (files or place == FIRST):
        files[place[0][len(ROOT) + 1 :]] = None
        if place == LAST:
            sys.setprofile(None)
            reached.append(True)

sys.setprofile(entered)
code = main(sys.argv[1:])
sys.setprofile(None)
print(json.dumps({"code": code, "reached": reached, "files": list(files)}))
"""


def opened(folder: Path, *arguments: str) -> set[str]:
    short = ("--epochs", "1", "--batch-size", "200", "--set", "model.hidden=[8]")
    out = subprocess.run(
        [sys.executable, "-c", COUNT, "train", *arguments, *short],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    counted = json.loads(out.splitlines()[-1])
    assert counted["code"] == 0 and counted["reached"]
    return {f for f in counted["files"] if f.split("/")[0].removesuffix(".py") not in BELOW}


@pytest.mark.parametrize("config", ["", "epochs = 2\n"])
def test_few_files_lie_between_the_command_and_the_loop(tmp_path: Path, config: str) -> None:
    (tmp_path / "exp.toml").write_text(config)
    files = opened(tmp_path, "digits", *(("--config", "exp.toml") if config else ()))
    assert len(files) <= MOST, " ".join(sorted(files))
    assert files >= TO_READ
