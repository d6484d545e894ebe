from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from chainrule.data.regular_file import open_regular
from chainrule.errors import InputError


def test_a_regular_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    with open_regular(tmp_path / "a", 3) as file:
        assert file.read() == b"abc"
    with pytest.raises(InputError, match=r"a: expected at most 2 bytes, received 3$"):
        open_regular(tmp_path / "a", 2)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the special files of Unix")
def test_what_is_no_regular_file_is_named_and_not_waited_for(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket has at most about 100 bytes
    os.mkfifo("pipe")
    os.symlink("/dev/zero", "zero")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("socket")
        for path, kind in (
            ("pipe", "a pipe"),
            ("zero", "a device"),
            ("socket", "a socket"),
            (".", "a folder"),
        ):
            with pytest.raises(InputError, match=f"expected a regular file, received {kind}$"):
                open_regular(path)
            for name, start in ("it", "it: "), ("", ""):
                with pytest.raises(InputError, match=f"^{start}expected a regular"):
                    open_regular(path, name=name)
