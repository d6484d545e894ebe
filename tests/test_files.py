from __future__ import annotations

import os
from pathlib import Path

import pytest

from chainrule import files
from chainrule.errors import ChainruleWarning, InputError
from chainrule.files import WriteFailed, append, atomic_write, parse_json, patiently


@pytest.mark.parametrize("data", [b"new bytes", "new text: é"])
def test_replaces_the_whole_file(tmp_path: Path, data):
    target = tmp_path / "file"
    target.write_bytes(b"old and longer than the new content")
    atomic_write(target, data)
    assert target.read_bytes() == (data if isinstance(data, bytes) else data.encode())
    assert os.listdir(tmp_path) == ["file"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch):
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot write .*file: No space left on device"):
        atomic_write(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"missing.*No such file or directory"):
        atomic_write(tmp_path / "missing" / "file", b"")


def full(failures: int, error: int = 28):
    """A write that fails so many times."""
    left = [failures]

    def write() -> str:
        left[0] -= 1
        if left[0] >= 0:
            raise WriteFailed(f"cannot write it: {os.strerror(error)}")
        return "written"

    return write


def test_patience_tries_again_and_says_so_once(monkeypatch):
    monkeypatch.setattr(files, "PAUSE", 0.001)
    assert patiently(full(0)) == "written"
    with pytest.warns(ChainruleWarning, match="No space left on device; it is tried") as said:
        assert patiently(full(4)) == "written"
    assert len(said) == 1


def test_patience_ends(monkeypatch):
    monkeypatch.setattr(files, "PAUSE", 0.001)
    with pytest.warns(ChainruleWarning), pytest.raises(WriteFailed):
        patiently(full(10**9), 0.01)
    with pytest.raises(WriteFailed):
        patiently(full(1), 0.0)


def test_no_other_error_is_tried_again():
    calls = []

    def wrong():
        calls.append(1)
        raise InputError("damaged")

    with pytest.raises(InputError, match="damaged"):
        patiently(wrong)
    assert len(calls) == 1


def test_what_is_appended_is_there_or_not(tmp_path: Path, monkeypatch):
    target = tmp_path / "log"
    append(target, lambda size: f"{size}: one\n")
    append(target, lambda size: f"{size}: two\n")
    before = target.read_text()
    assert before == "0: one\n7: two\n"

    class Half:
        """Takes three bytes, then none."""

        def __init__(self, file):
            self.file = file

        def write(self, data):
            if len(data) < 10:
                raise OSError(28, "No space left on device")
            return self.file.write(data[:3])

        def __getattr__(self, name):
            return getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

    real = Path.open
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda path, *a, **k: Half(real(path, *a, **k)))
        with pytest.raises(WriteFailed, match=r"cannot write .*log: No space left on device"):
            append(target, lambda size: "0123456789")
    assert target.read_text() == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "is not JSON"), (b"{", "is not JSON"), (b"\xff", "is not JSON"),
        (b"9" * 9999, "is not JSON"),
        ("[" * 100_000, "at most 100 levels"), ("[" * 200 + "]" * 200, "at most 100 levels"),
        ('{"a":' * 101 + "1" + "}" * 101, "at most 100 levels"),
    ],
)  # fmt: skip
def test_json_that_cannot_be_walked_through_is_refused(text, problem):
    with pytest.raises(InputError, match=f"x.json.*{problem}"):
        parse_json(text, "x.json")


def test_json_of_a_hundred_levels_is_read():
    assert parse_json("[" * 100 + "]" * 100, "x.json")
    assert parse_json("7", "x.json") == 7
