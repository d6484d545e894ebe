import gzip

import pytest

from chainrule.data.fetching import store
from chainrule.errors import InputError


def good(verdicts):
    return [verdict for _, verdict, _ in verdicts]


def test_what_is_nowhere_is_downloaded_to_the_cache(server, toy, no_data):
    for name, data in toy.contents.items():
        server.files[f"/{name}.gz"] = gzip.compress(data)
    source = toy.at(server.url)

    assert store.complete(source)[1] == no_data / "toy"
    server.asked.clear()
    assert store.complete(source)[1] == no_data / "toy"
    assert not server.asked


def test_what_cannot_be_had_says_where_it_was_looked_for(server, toy, no_data, tmp_path):
    with pytest.raises(InputError, match=r"toy is not whole in .*, and cannot download big-idx"):
        store.complete(toy.at(server.url), tmp_path)


def test_an_interrupted_download_is_completed(server, toy, no_data, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "env"))
    toy.put(tmp_path / "env/toy")
    (tmp_path / "env/toy/small-idx").unlink()
    server.files["/small-idx.gz"] = gzip.compress(toy.contents["small-idx"])

    assert store.complete(toy.at(server.url))[1] == tmp_path / "env/toy"
    assert [path for path, _ in server.asked] == ["/small-idx.gz"]


def test_somebodys_own_files_are_not_completed(server, toy, no_data, tmp_path):
    toy.put(tmp_path / "toy")
    (tmp_path / "toy/big-idx").write_bytes(b"mine")
    (tmp_path / "toy/small-idx").unlink()

    with pytest.raises(InputError, match="only some of the files of toy: it lacks small-idx"):
        store.complete(toy.at(server.url), tmp_path)
    assert not server.asked


def test_fetch_is_content_with_good_files_in_any_place(server, toy, no_data, tmp_path):
    source = toy.at(server.url, system=(str(tmp_path / "system"),))
    toy.put(tmp_path / "system", packed=True)

    assert store.fetch(source) == tmp_path / "system"
    assert not server.asked


def test_fetch_repairs_and_puts_where_it_is_told(server, toy, no_data, tmp_path):
    for name, data in toy.contents.items():
        server.files[f"/{name}.gz"] = gzip.compress(data)
    source = toy.at(server.url, system=(str(tmp_path / "system"),))
    toy.put(tmp_path / "system")
    told = []

    # The folder given does not exist yet, and counts although there are good files elsewhere.
    folder = store.fetch(source, tmp_path / "new", lambda *args: told.append(args))
    assert folder == tmp_path / "new/toy"
    assert {name for name, _, _ in told} == {"big-idx", "small-idx"}

    (folder / "small-idx").write_bytes(b"")
    assert good(store.verify(source, tmp_path / "new")) == [True, False]
    assert store.fetch(source, tmp_path / "new") == folder
    assert good(store.verify(source, tmp_path / "new")) == [True, True]


def test_verify_nothing(toy, no_data):
    verdicts = store.verify(toy.at())
    assert verdicts[0] == ("big-idx", False, f"missing in {no_data / 'toy'}")
    assert good(verdicts) == [False, False]
