"""A process that does a task to image files: ``python -m chainrule.data.folder.worker``.

It reads one JSON object a line from stdin and answers each with one on stdout. The first says
what to do, the others to which files:

    {"task": "decode", "options": {…}, "outputs": [["digests", 16], …]}    ->      {}
    {"start": 64, "paths": ["a.jpg", "b.jpg"]}      ->      {"65": "it is empty"}

The results of file i go to place i of each output: to a byte position, so that no worker waits
for another. What is answered are the files that failed. It ends when stdin does, which it does
at the latest when whoever started it is gone.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .tasks import TASKS, Task, attempt

Outputs = Sequence[tuple[Path, int]]


def do(
    task: Task, options: dict[str, Any], outputs: Outputs, start: int, paths: Sequence[str]
) -> dict[int, str]:
    """Do a task to some files, and write what it makes of them; the reasons of those that failed.

    They leave zeros behind. The first output is written last: it says that the others are there.
    """
    done = [attempt(task, path, options) for path in paths]
    for place, (file, size) in reversed(list(enumerate(outputs))):
        block = b"".join(bytes(size) if isinstance(d, str) else d[place] for d in done)
        with file.open("r+b") as opened:
            opened.seek(start * size)
            opened.write(block)
    return {start + i: d for i, d in enumerate(done) if isinstance(d, str)}


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides
    job = json.loads(sys.stdin.readline())
    outputs = [(Path(path), size) for path, size in job["outputs"]]
    print("{}", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            failed: Any = do(TASKS[job["task"]], job["options"], outputs, **request)
        except OSError as error:  # a full disk
            failed = {"error": error.strerror or str(error)}
        print(json.dumps(failed), flush=True)


if __name__ == "__main__":
    main()
