from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from chainrule import homes
from chainrule.errors import InputError


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user without $HOME and without an entry in the list of users; a temporary folder."""
    import pwd

    def unknown(user: object) -> None:
        raise KeyError(f"getpwuid(): uid not found: {user}")

    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="the variable is Linux's")
def test_a_named_cache_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert homes.user_cache() == tmp_path / "chainrule"


@pytest.mark.skipif(os.name == "nt", reason="users of Windows have a home")
def test_without_a_home_a_private_folder_for_temporary_files_serves(no_home: Path) -> None:
    place = homes.user_cache()
    assert place.parent == no_home
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert homes.user_cache() == place


@pytest.mark.skipif(os.name == "nt", reason="users of Windows have a home")
@pytest.mark.parametrize("kind", ["open", "link", "file"])
def test_a_folder_that_others_can_write_to_is_not_trusted(no_home: Path, kind: str) -> None:
    place = no_home / f"chainrule-{os.getuid()}"
    if kind == "open":
        place.mkdir()
        place.chmod(0o777)
    elif kind == "link":
        place.symlink_to(no_home)
    else:
        place.touch()
    found = homes.user_cache()
    assert found != place
    assert found.is_dir()


def test_no_place_at_all_is_said(monkeypatch: pytest.MonkeyPatch, no_home: Path) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(InputError, match="set XDG_CACHE_HOME"):
        homes.homeless()
