import gzip
import io
import os
import tarfile
import zipfile

import pytest

from chainrule.data import store
from chainrule.errors import InputError


def good(verdicts):
    return [verdict for _, verdict, _ in verdicts]


def test_what_is_nowhere_is_downloaded_to_the_cache(server, toy, no_data):
    for name, data in toy.contents.items():
        server.files[f"/{name}.gz"] = gzip.compress(data)
    source = toy.at(server.url)

    assert store.complete_folder(source) == no_data / "toy"
    server.asked.clear()
    assert store.complete_folder(source) == no_data / "toy"
    assert not server.asked


def test_what_cannot_be_had_says_where_it_was_looked_for(server, toy, no_data, tmp_path):
    with pytest.raises(InputError, match=r"toy is not whole in .*, and cannot download big-idx"):
        store.complete_folder(toy.at(server.url), tmp_path)


def test_an_interrupted_download_is_completed(server, toy, no_data, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "env"))
    toy.put(tmp_path / "env/toy")
    (tmp_path / "env/toy/small-idx").unlink()
    server.files["/small-idx.gz"] = gzip.compress(toy.contents["small-idx"])

    assert store.complete_folder(toy.at(server.url)) == tmp_path / "env/toy"
    assert [path for path, _ in server.asked] == ["/small-idx.gz"]


def test_somebodys_own_files_are_not_completed(server, toy, no_data, tmp_path):
    toy.put(tmp_path / "toy")
    (tmp_path / "toy/big-idx").write_bytes(b"mine")
    (tmp_path / "toy/small-idx").unlink()

    with pytest.raises(InputError, match="only some of the files of toy: it lacks small-idx"):
        store.complete_folder(toy.at(server.url), tmp_path)
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


def as_files(toy, folder):
    toy.put(folder, packed=True)
    return sorted(folder.iterdir())


def as_folder(toy, folder):
    toy.put(folder / "some/where")
    return [folder]


def as_zip(toy, folder):
    folder.mkdir()
    with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("read.me", "hello")
        for name, data in toy.contents.items():
            archive.writestr(f"../../{name}/{name.replace('-', '.')}", data)
    return [folder / "x.zip"]


def as_tar(toy, folder):
    folder.mkdir()
    with tarfile.open(folder / "x.tgz", "w:gz") as archive:
        for name, data in toy.contents.items():
            info = tarfile.TarInfo(f"/tmp/{name}.gz")
            packed = gzip.compress(data)
            info.size = len(packed)
            archive.addfile(info, io.BytesIO(packed))
    return [folder / "x.tgz"]


@pytest.mark.parametrize("bring", [as_files, as_folder, as_zip, as_tar])
def test_import(toy, no_data, tmp_path, bring):
    sources = bring(toy, tmp_path / "usb")

    written = store.import_files(toy.at(), sources, tmp_path / "data")

    assert written == [tmp_path / "data/toy/big-idx", tmp_path / "data/toy/small-idx"]
    assert good(store.verify(toy.at(), tmp_path / "data")) == [True, True]
    assert store.complete_folder(toy.at(), tmp_path / "data") == tmp_path / "data/toy"
    assert sorted(os.listdir(tmp_path / "data/toy")) == [".lock", "big-idx", "small-idx"]


def test_import_to_the_cache_of_one_file(toy, no_data, tmp_path):
    files = as_files(toy, tmp_path / "usb")
    assert store.import_files(toy.at(), files[1:]) == [no_data / "toy/small-idx"]


def test_import_writes_nothing_if_one_file_is_wrong(toy, no_data, tmp_path):
    files = as_files(toy, tmp_path / "usb")
    files[1].write_bytes(gzip.compress(b"other"))

    with pytest.raises(InputError, match=r"small-idx.gz is not the small-idx of toy: expected"):
        store.import_files(toy.at(), files, tmp_path / "data")

    assert not (tmp_path / "data").exists()


def test_import_of_a_bomb(toy, no_data, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("small-idx", bytes(50 << 20))
    with pytest.raises(InputError, match=r"x.zip:small-idx is not the small-idx of toy: .* more"):
        store.import_files(toy.at(), [tmp_path / "x.zip"])


def test_import_of_a_zip_whose_member_is_damaged(toy, no_data, tmp_path):
    (path,) = as_zip(toy, tmp_path / "usb")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match="is not the big-idx of toy"):
        store.import_files(toy.at(), [path])


@pytest.mark.parametrize("sources", [[], ["empty"]])
def test_import_of_nothing_says_what_is_wanted(toy, no_data, tmp_path, sources, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no file of toy in .*called big-idx\[.gz\], small-"):
        store.import_files(toy.at(), sources)


def test_import_over_a_wrong_file_keeps_it(toy, no_data, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/big-idx").write_bytes(b"mine")

    store.import_files(toy.at(), as_files(toy, tmp_path / "usb"), tmp_path)

    assert (tmp_path / "toy/big-idx.damaged").read_bytes() == b"mine"
    assert good(store.verify(toy.at(), tmp_path)) == [True, True]
