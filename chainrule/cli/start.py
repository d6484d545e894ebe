"""What ``chainrule`` says when it is called with nothing."""

from __future__ import annotations

import shutil

from ..text import fitted
from .show import on_terminal, say

BEGIN = (
    ("", ""),
    ("  chainrule train", "train on digits, which takes seconds"),
    ("  chainrule train FOLDER", "train on your images, a folder for each class"),
    ("  chainrule predict RUN new.jpg", "classify an image; RUN is what train called its run"),
    ("  chainrule --help", "all commands"),
)


def start() -> None:
    columns = max(shutil.get_terminal_size().columns, 40) if on_terminal() else 80
    say("chainrule trains image classifiers. Try:")
    say("\n".join(fitted(BEGIN, columns)))
