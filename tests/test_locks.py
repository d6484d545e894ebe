"""Locks that hold, and file systems that have none."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from PIL import Image

from chainrule import data, locks
from chainrule.errors import ChainruleWarning
from chainrule.locks import Taken, locked

fcntl = pytest.importorskip("fcntl")

NONE = ["ENOLCK", "EOPNOTSUPP", "EINVAL", "ENOSYS", "EPERM", "EIO"]

WITHOUT = """
import errno, fcntl, os, sys
def refuse(file, operation):
    number = getattr(errno, sys.argv[1])
    raise OSError(number, os.strerror(number))
fcntl.flock = refuse
"""


@pytest.fixture(autouse=True)
def unknown(monkeypatch):
    monkeypatch.setattr(locks, "_known", set())


def refusing(number: int):
    def flock(file, operation):
        raise OSError(number, os.strerror(number))

    return flock


def python(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True,
        check=False, timeout=300, env=os.environ | environment,
    )  # fmt: skip


def test_a_lock_keeps_another_out_until_it_is_given_back(tmp_path):
    with locked(tmp_path / "lock") as held:
        assert held
        with pytest.raises(Taken), locked(tmp_path / "lock", timeout=0):
            pass
    with locked(tmp_path / "lock", timeout=0) as held:
        assert held


def test_another_process_is_kept_out(tmp_path):
    code = "import sys\nfrom pathlib import Path\nfrom chainrule.locks import locked\n"
    code += "with locked(Path(sys.argv[1]), timeout=0): print('in')"
    with locked(tmp_path / "lock"):
        assert "Taken" in python(code, tmp_path / "lock").stderr
    assert python(code, tmp_path / "lock").stdout == "in\n"


@pytest.mark.parametrize("name", NONE)
def test_without_locks_work_goes_on_with_one_warning(tmp_path, monkeypatch, name):
    monkeypatch.setattr(fcntl, "flock", refusing(getattr(errno, name)))
    with pytest.warns(ChainruleWarning, match="has no locks") as said:
        for file in ("a", "b", "a"):
            with locked(tmp_path / file) as held:
                assert not held
    assert len(said) == 1


@pytest.mark.parametrize("name", ["EWOULDBLOCK", "EAGAIN"])
def test_a_lock_that_is_taken_is_no_missing_one(tmp_path, monkeypatch, name):
    monkeypatch.setattr(fcntl, "flock", refusing(getattr(errno, name)))
    with pytest.raises(Taken), locked(tmp_path / "lock", timeout=0):
        pass


def test_a_lock_that_fails_later_than_asked_is_none(tmp_path, monkeypatch):
    """As ENOLCK of a lock daemon that is full."""
    real, calls = fcntl.flock, []

    def flock(file, operation):
        calls.append(operation)
        if len(calls) > 1:
            raise OSError(errno.ENOLCK, "No locks available")
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.warns(ChainruleWarning), locked(tmp_path / "lock") as held:
        assert not held


def test_a_file_that_cannot_be_made_is_no_missing_lock(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "lock", tmp_path / "none" / "lock"):
        with pytest.raises(OSError, match=r"Errno") as error, locked(path):
            pass
        assert not isinstance(error.value, Taken)


def test_nothing_is_said_where_there_are_locks(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with locked(tmp_path / "lock") as held:
            assert held


TRAIN = """
import sys
from chainrule.cli import main
options = ["--epochs", "1", "--runs", sys.argv[3], "--name", "r", "--model", "mlp"]
options += ["--set", f"images.cache_dir={sys.argv[4]}"]
sys.exit(main(["train", sys.argv[2], *options]))
"""


@pytest.mark.parametrize("name", ["ENOLCK"])
def test_a_folder_of_images_is_trained_on_without_locks(tmp_path: Path, name):
    """Its run and its cache of decoded images ask for locks, and kernels that are not kept yet."""
    images, labels = data.digits()[0].images, data.digits()[0].labels
    for label in (0, 1):
        folder = tmp_path / "photos" / str(label)
        folder.mkdir(parents=True)
        for i, n in enumerate((labels == label).nonzero()[0][:12]):
            Image.fromarray(images[n, :, :, 0]).save(folder / f"{i}.png")
    result = python(WITHOUT + TRAIN, name, tmp_path / "photos", tmp_path / "runs", tmp_path / "c")
    assert result.returncode == 0, result.stderr
    said = [line for line in result.stderr.splitlines() if "no locks" in line]
    assert len(said) == 1 and said[0].startswith("chainrule: warning: the file system of ")
    assert "Traceback" not in result.stderr
    assert (tmp_path / "runs" / "r" / "metrics.json").exists()
