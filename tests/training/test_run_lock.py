"""One process at a time, and no lock that outlives its process."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from chainrule.errors import InputError
from chainrule.training.run import exclusive

HOLD = """
import sys
from pathlib import Path
from chainrule.training.run import exclusive
with exclusive(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


def holder(folder):
    return json.loads((folder / ".holder.json").read_text())["pid"]


@pytest.fixture
def other(tmp_path):
    """A process that is in ``tmp_path`` alone."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], text=True, **pipes)
    assert process.stdout.readline() == "in\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_kept_out_and_told_who_is_in(tmp_path, other):
    said = f"in use by another process, {other.pid}: wait until"
    with pytest.raises(InputError, match=said), exclusive(tmp_path):
        pass


def test_when_it_was_killed_its_lock_is_gone(tmp_path, other):
    other.kill()
    other.communicate()
    assert (tmp_path / ".holder.json").exists()
    with exclusive(tmp_path):
        pass
    assert not (tmp_path / ".holder.json").exists()


def test_the_files_of_a_process_that_is_gone_lock_nobody_out(tmp_path):
    (tmp_path / ".lock").write_text("")
    (tmp_path / ".holder.json").write_text("{")
    with exclusive(tmp_path):
        assert holder(tmp_path) == os.getpid()


def test_one_after_the_other_may_be_in(tmp_path):
    for _ in range(2):
        with exclusive(tmp_path):
            assert holder(tmp_path) == os.getpid()
        assert not (tmp_path / ".holder.json").exists()


def test_an_error_inside_gives_the_lock_back(tmp_path):
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path):
        raise ZeroDivisionError
    with exclusive(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write .*\.lock"), exclusive(tmp_path / "file"):
        pass
