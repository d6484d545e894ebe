from __future__ import annotations

import os
from pathlib import Path

import pytest

from chainrule.errors import InputError
from chainrule.files import atomic_write, parse_json


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
