from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs
import pytest

from chainrule.errors import InputError
from chainrule.weights import pip_configuration
from chainrule.weights.pip_configuration import PYPI, Configuration, configuration

pytestmark = pytest.mark.usefixtures("no_pip")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The user's file, the environment's, and one of one's own, all read."""
    monkeypatch.delenv("PIP_CONFIG_FILE")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    user = Path(platformdirs.user_config_dir("pip", appauthor=False, roaming=True))
    places = {
        "user": user / pip_configuration.NAME,
        "venv": tmp_path / "venv" / pip_configuration.NAME,
        "own": tmp_path / "own.conf",
    }
    for path in places.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(platformdirs, "site_config_dir", lambda *a, **k: str(tmp_path / "nowhere"))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(places["own"]))
    return places


def test_without_any_it_is_pypi():
    assert configuration() == Configuration((PYPI,))


def test_variables(monkeypatch):
    for name, value in {
        "INDEX_URL": "https://a/simple/", "EXTRA_INDEX_URL": "https://b  https://c/",
        "FIND_LINKS": "/x y", "CERT": "/c.pem", "CLIENT_CERT": "/me.pem", "PROXY": "p:3128",
        "TRUSTED_HOST": "a b:8080", "NO_INDEX": "",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"PIP_{name}", value)
    found = configuration()
    assert found.indexes == ("https://a/simple", "https://b", "https://c")
    assert found.links == ("/x", "y")
    proxies = {"http": "http://p:3128", "https": "http://p:3128"}
    told = {"cert": "/me.pem", "proxies": proxies}
    assert found.request("https://c/x") == {"verify": "/c.pem", **told}
    assert found.request("https://me:pw@a/x") == {"verify": False, **told}
    assert found.request("https://b:8080/x") == {"verify": False, **told}
    assert found.request("https://b/x") == {"verify": "/c.pem", **told}


def test_later_files_and_then_variables_overrule(files, monkeypatch):
    files["user"].write_text("[global]\nindex-url = https://user\ncert = /u.pem\nproxy = q://u\n")
    assert configuration().indexes == ("https://user",)
    files["venv"].write_text("[global]\nindex_url: https://venv\n[install]\nno-index = false\n")
    assert configuration().indexes == ("https://venv",)
    files["own"].write_text(
        "[global]\nindex-url = https://x\nextra-index-url =\n    https://own/%40\n    https://two\n"
        "[install]\nindex-url = https://install\n[freeze]\nindex-url = https://no\n"
    )
    found = configuration()
    assert found.indexes == ("https://install", "https://own/%40", "https://two")
    assert found.cert == "/u.pem"
    assert found.request("https://x")["proxies"]["https"] == "q://u"
    monkeypatch.setenv("PIP_INDEX_URL", "https://env")
    assert configuration().indexes[0] == "https://env"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert configuration().indexes == ()


def test_files_that_are_not_read(files, monkeypatch):
    files["user"].write_text("[global]\nindex-url = https://user\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert configuration() == Configuration()


@pytest.mark.parametrize("content", [b"index-url = x\n", b"[global\n", b"[global]\n\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(files, content):
    files["user"].write_bytes(content)
    with pytest.raises(InputError, match=r"pip's configuration .* cannot be read: ") as caught:
        configuration()
    assert str(files["user"]) in str(caught.value)
    assert "\n" not in str(caught.value)
