"""Do a task to many image files at once, whatever the files do to those who read them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...machine import usable_cores
from ...types import Array
from .tasks import TASKS
from .worker import Outputs, do

CHUNK = 32
"""Files that a worker is given at a time."""

ALONE = 400
"""Up to so many files the work is done here: two workers take 0.4 s to start."""

PATIENCE, EACH = 60.0, 10.0
"""Seconds that a chunk may take, and each file in it on top, before its worker is stopped."""

Progress = Callable[[int, int], object]


def work(
    task: str,
    options: dict[str, Any],
    paths: Sequence[str],
    outputs: Outputs,
    progress: Progress = lambda done, total: None,
    done: Array | None = None,
) -> dict[int, str]:
    """Do ``task`` to every file, with a process for each core; the failures by place. Those that
    are ``done`` already, bool (N,), are left as they are, and so is what is there of the outputs.

    Processes and not threads: for images of 32x32 most of the time is Pillow's Python, and two
    threads were 1.4 times as fast as one where two processes are 1.9 times. They are plain
    children that need no guard in the caller's script. A decoder that crashes or hangs takes only
    its process with it, and the file is named. Calls ``progress(done, total)`` from time to time.

    Raises InputError if the results cannot be written.
    """
    alone = len(paths) <= ALONE or not sys.executable
    pool = _Workers(task, options, paths, outputs, progress, done)
    with pool.report_full_disk():
        pool.make_outputs()
        pool.alone() if alone else pool.together(min(usable_cores(), 32))
    return dict(sorted(pool.failed.items()))


class _Workers:
    def __init__(
        self,
        task: str,
        options: dict[str, Any],
        paths: Sequence[str],
        outputs: Outputs,
        progress: Progress,
        done: Array | None,
    ) -> None:
        self.task, self.options, self.outputs = task, options, outputs
        self.paths, self.progress = paths, progress
        known = np.zeros(len(paths), bool) if done is None else done
        self.pending = deque(_chunks(known))
        self.failed: dict[int, str] = {}
        self.errors: list[BaseException] = []
        self.done = int(known.sum())
        self.over = False
        self.turn = threading.Lock()
        self.processes: list[subprocess.Popen[str]] = []

    def make_outputs(self) -> None:
        for file, size in self.outputs:
            with file.open("r+b" if self.done else "wb") as opened:
                opened.truncate(size * len(self.paths))

    def alone(self) -> None:
        while self.pending:
            start, end = self.pending.popleft()
            paths = self.paths[start:end]
            self._book(do(TASKS[self.task], self.options, self.outputs, start, paths), len(paths))

    def together(self, workers: int) -> None:
        threads = [threading.Thread(target=self._employ, daemon=True) for _ in range(workers)]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)  # so that Ctrl-C is heard
        finally:
            with self.turn:
                self.over = True
            for process in self.processes:
                process.kill()
            for thread in threads:
                thread.join()
        if self.errors:
            raise self.errors[0]
        self.alone()  # nothing is left, unless no process could be started

    @contextlib.contextmanager
    def report_full_disk(self) -> Any:
        try:
            yield
        except OSError as error:
            folder = self.outputs[0][0].parent
            raise InputError(f"cannot write {folder}: {error.strerror or error}") from error

    def _employ(self) -> None:
        """Keep one worker busy until nothing is left."""
        try:
            process = None
            while True:
                with self.turn:
                    if not self.pending or self.errors or self.over:
                        break
                    start, end = self.pending.popleft()
                try:
                    process = process or self._start()
                except OSError:  # the machine has no room for it: the others do the rest
                    with self.turn:
                        self.pending.appendleft((start, end))
                    return
                if not self._give(process, start, end):
                    self._stop(process)
                    process = None
            if process is not None:
                self._stop(process)
        except BaseException as error:
            self.errors.append(error)

    def _give(self, process: subprocess.Popen[str], start: int, end: int) -> bool:
        """Let a worker do a chunk. False if it died of it: then the chunk is cut in two."""
        timer = threading.Timer(PATIENCE + EACH * (end - start), process.kill)
        timer.start()
        try:
            answer = _ask(process, {"start": start, "paths": self.paths[start:end]})
        finally:
            timer.cancel()
        if answer:
            failed = json.loads(answer)
            if "error" in failed:
                raise OSError(0, failed["error"])
            self._book({int(i): reason for i, reason in failed.items()}, end - start)
        elif end - start == 1:
            self._book({start: "its decoder crashed or took too long"}, 1)
        else:
            middle = (start + end) // 2
            with self.turn:
                self.pending.extendleft([(middle, end), (start, middle)])
        return bool(answer)

    def _book(self, failed: dict[int, str], count: int) -> None:
        with self.turn:
            self.failed.update(failed)
            self.done += count
            self.progress(self.done, len(self.paths))

    def _start(self) -> subprocess.Popen[str]:
        package = Path(__file__).resolve().parents[3]
        path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
        process = subprocess.Popen(
            # -P: no module of the folder that the user happens to be in
            [sys.executable, "-P", "-m", "chainrule.data.folder.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        )
        self.processes.append(process)
        outputs = [(os.path.abspath(file), size) for file, size in self.outputs]
        job = {"task": self.task, "options": self.options, "outputs": outputs}
        if not _ask(process, job):
            self._stop(process)
            raise OSError("a worker did not start")
        return process

    def _stop(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _chunks(done: Array) -> Iterator[tuple[int, int]]:
    """Neighbors that are not done, so many at a time."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], done, [True]]))).reshape(-1, 2)
    for first, end in edges.tolist():
        for start in range(first, end, CHUNK):
            yield start, min(start + CHUNK, end)


def _ask(process: subprocess.Popen[str], question: dict[str, Any]) -> str:
    """The line that a worker answers; nothing if it has ended."""
    if process.stdin is None or process.stdout is None:
        return ""
    try:
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return ""
