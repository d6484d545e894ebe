import gzip
import hashlib
import io
import os
import shutil
import socket
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.data.fetching import store
from chainrule.data.fetching.importing import import_files
from chainrule.data.fetching.source import KnownFile, Source
from chainrule.errors import InputError


def good(verdicts):
    return [verdict for _, verdict, _ in verdicts]


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

    written = import_files(toy.at(), sources, tmp_path / "data")

    assert written == [tmp_path / "data/toy/big-idx", tmp_path / "data/toy/small-idx"]
    assert good(store.verify(toy.at(), tmp_path / "data")) == [True, True]
    assert store.complete(toy.at(), tmp_path / "data")[1] == tmp_path / "data/toy"
    assert sorted(os.listdir(tmp_path / "data/toy")) == [".lock", "big-idx", "small-idx"]


def test_import_to_the_cache_of_one_file(toy, no_data, tmp_path):
    files = as_files(toy, tmp_path / "usb")
    assert import_files(toy.at(), files[1:]) == [no_data / "toy/small-idx"]


def test_import_writes_nothing_if_one_file_is_wrong(toy, no_data, tmp_path):
    files = as_files(toy, tmp_path / "usb")
    files[1].write_bytes(gzip.compress(b"other"))

    with pytest.raises(InputError, match=r"small-idx.gz is not the small-idx of toy: expected"):
        import_files(toy.at(), files, tmp_path / "data")

    assert not (tmp_path / "data").exists()


def test_import_of_a_bomb(toy, no_data, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("small-idx", bytes(50 << 20))
    with pytest.raises(InputError, match=r"x.zip:small-idx is not the small-idx of toy: .* more"):
        import_files(toy.at(), [tmp_path / "x.zip"])


def test_import_of_a_zip_whose_member_is_damaged(toy, no_data, tmp_path):
    (path,) = as_zip(toy, tmp_path / "usb")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match="is not the big-idx of toy"):
        import_files(toy.at(), [path])


@pytest.mark.parametrize("sources", [[], ["empty"]])
def test_import_of_nothing_says_what_is_wanted(toy, no_data, tmp_path, sources, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no file of toy in .*called big-idx\[.gz\], small-"):
        import_files(toy.at(), sources)


def test_import_over_a_wrong_file_keeps_it(toy, no_data, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/big-idx").write_bytes(b"mine")

    import_files(toy.at(), as_files(toy, tmp_path / "usb"), tmp_path)

    assert (tmp_path / "toy/big-idx.damaged").read_bytes() == b"mine"
    assert good(store.verify(toy.at(), tmp_path)) == [True, True]


@pytest.mark.parametrize("bring", [as_zip, as_tar])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_to_an_archive(toy, no_data, tmp_path, bring, data):
    """Taken in whole and good, or refused on one line with nothing written."""
    shutil.rmtree(tmp_path / "usb", ignore_errors=True)
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    (path,) = bring(toy, tmp_path / "usb")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2]))])
    try:
        written = import_files(toy.at(), [path], tmp_path / "data")
    except InputError as error:
        assert "\n" not in str(error)
        assert not (tmp_path / "data").exists()
    else:
        for file in written:
            assert file.read_bytes() == toy.contents[file.name]


def file(name, content):
    return KnownFile(name, len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def two_forms():
    other = Source("toy", (file("c", b"other"),), ())
    return Source("toy", (file("a", b"first"), file("b", b"second")), (), forms=(other,))


def put(folder, **contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def test_import_of_two_forms_takes_the_first_whole_one(two_forms, no_data, tmp_path):
    usb = put(tmp_path / "usb", a=b"first", c=b"other")
    assert import_files(two_forms, [usb], tmp_path) == [tmp_path / "toy/c"]
    assert store.complete(two_forms, tmp_path) == (two_forms.forms[0], tmp_path / "toy")

    put(usb, b=b"second")
    assert import_files(two_forms, [usb], tmp_path) == [tmp_path / "toy/a", tmp_path / "toy/b"]
    assert store.complete(two_forms, tmp_path) == (two_forms, tmp_path / "toy")


def test_a_stranger_of_the_same_name_does_not_matter_to_a_whole_form(two_forms, no_data, tmp_path):
    """CIFAR-100's files are called train and test, as other people's are."""
    usb = put(tmp_path / "usb", a=b"first", b=b"second", c=b"something else")
    put(usb / "old", a=b"stale")
    assert len(import_files(two_forms, [usb], tmp_path)) == 2
    assert (tmp_path / "toy/a").read_bytes() == b"first"


def test_import_of_unverified_files_that_can_be_read(two_forms, no_data, tmp_path):
    usb = put(tmp_path / "usb", a=b"First", b=b"Secon")
    seen = []

    with pytest.raises(InputError, match=r"usb/a is not the a of toy: .*; --unverified takes any"):
        import_files(two_forms, [usb], tmp_path)
    import_files(two_forms, [usb], tmp_path, lambda folder: seen.extend(os.listdir(folder)))

    assert sorted(seen) == ["a", "b"]
    assert sorted(os.listdir(tmp_path / "toy")) == [".lock", "a", "b"]
    assert good(store.verify(two_forms, tmp_path)) == [False, False]


def test_import_of_unverified_files_that_cannot_be_read(two_forms, no_data, tmp_path):
    usb = put(tmp_path / "usb", a=b"First", b=b"Secon")
    put(tmp_path / "toy", a=b"mine")

    def read(folder):
        raise InputError("no good")

    with pytest.raises(InputError, match="no good"):
        import_files(two_forms, [usb], tmp_path, read)
    assert sorted(os.listdir(tmp_path / "toy")) == [".lock", "a"]
    assert (tmp_path / "toy/a").read_bytes() == b"mine"

    (usb / "b").unlink()
    with pytest.raises(InputError, match="taken all or none: b of toy is not in"):
        import_files(two_forms, [usb], tmp_path, print)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the special files of Unix")
@pytest.mark.parametrize("name", ["big-idx", "other.tar"])
@pytest.mark.parametrize("within", [False, True], ids=["itself", "in a folder"])
@pytest.mark.parametrize("kind", ["a pipe", "a device", "a socket"])
def test_import_of_what_is_no_file(toy, no_data, tmp_path, monkeypatch, name, within, kind):
    """/dev/zero was read for half a minute, and a pipe waited for."""
    monkeypatch.chdir(tmp_path)
    if kind == "a pipe":
        os.mkfifo(name)
    elif kind == "a device":
        os.symlink("/dev/zero", name)
    else:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(name)
    if within and name == "other.tar":
        with pytest.raises(InputError, match="no file of toy in"):  # nobody asked for it
            import_files(toy.at(), ["."])
        return
    with pytest.raises(InputError, match=f"{name}: expected a regular file, received {kind}$"):
        import_files(toy.at(), ["." if within else name])


def test_import_of_a_huge_file_is_refused_by_its_size(toy, no_data, tmp_path):
    with (tmp_path / "huge.tar").open("wb") as file:
        file.truncate((2 << 30) + 1)  # with a hole: it takes no room
    with pytest.raises(InputError, match="at most 2,147,483,648 bytes, received 2,147,483,649"):
        import_files(toy.at(), [tmp_path / "huge.tar"])
