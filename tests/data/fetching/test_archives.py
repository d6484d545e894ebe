import gzip
import io
import os
import tarfile
import zipfile

import pytest

from chainrule.data.fetching import archives
from chainrule.data.fetching.archives import find_members
from chainrule.errors import InputError

FILES = {"a-idx": b"first", "b-idx.gz": b"second"}


def members(path):
    return {name: stream.read() for name, _, stream in find_members(path, FILES)}


def make_tar(path, mode, prefix="", extra=()):
    with tarfile.open(path, mode) as archive:
        for name, data in ((prefix + name, data) for name, data in FILES.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in extra:
            archive.addfile(info)


def make_zip(path, prefix=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(prefix + name, data)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("prefix", ["", "deep/in/", "../../../", "/etc/"])
def test_tar_of_every_kind_and_any_path(tmp_path, mode, prefix):
    make_tar(tmp_path / "x", mode, prefix)
    assert members(tmp_path / "x") == FILES


@pytest.mark.parametrize("prefix", ["", "deep/in/", "../../../", "/etc/"])
def test_zip_with_any_path(tmp_path, prefix):
    make_zip(tmp_path / "x", prefix)
    assert members(tmp_path / "x") == FILES


def test_folder_and_files(tmp_path):
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/deep/a-idx").write_bytes(b"first")
    (tmp_path / "in/other").write_bytes(b"other")
    (tmp_path / "in/loop").symlink_to(tmp_path / "in")

    assert members(tmp_path / "in") == {"a-idx": b"first"}
    assert members(tmp_path / "in/deep/a-idx") == {"a-idx": b"first"}


def test_links_in_an_archive_are_passed_over(tmp_path):
    link = tarfile.TarInfo("in/a-idx")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    make_tar(tmp_path / "x", "w", extra=[link])
    assert members(tmp_path / "x") == FILES


def damaged_zip(path):
    make_zip(path)
    data = path.read_bytes()
    path.write_bytes(data[:-60] + bytes(38) + data[-22:])


def encrypted_zip(path):
    make_zip(path)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    data[6] |= 1
    path.write_bytes(data)


def unknown_way_of_packing(path):
    make_zip(path)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 10] = 99
    data[8] = 99
    path.write_bytes(data)


def truncated_tar_gz(path):
    make_tar(path, "w:gz")
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (damaged_zip, "x cannot be unpacked"),
        (encrypted_zip, "x cannot be unpacked: .*password"),
        (unknown_way_of_packing, "x cannot be unpacked: .*compression"),
        (truncated_tar_gz, "x cannot be unpacked"),
        (lambda path: path.write_bytes(gzip.compress(b"hello" * 999)), "x is neither one of"),
        (lambda path: path.write_bytes(b"hello" * 999), "x is neither one of the files, nor"),
        (lambda path: path.write_bytes(b""), "x is neither one of the files, nor"),
        (lambda path: path.write_bytes(b"BZh9junk" * 9), "x is neither|cannot"),
        (lambda path: path.write_bytes(b"\xfd7zXZ\x00junk" * 9), "x is neither|cannot"),
        (lambda path: None, "cannot read .*x: No such file"),
    ],
)
def test_damaged_archives_are_one_clear_line(tmp_path, make, message):
    make(tmp_path / "x")
    with pytest.raises(InputError, match=message) as caught:
        members(tmp_path / "x")
    assert "\n" not in str(caught.value)


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST", 5 << 20)
    filler = tarfile.TarInfo("filler")
    filler.size = 20 << 20
    with tarfile.open(tmp_path / "x", "w:gz") as archive:
        archive.addfile(filler, io.BytesIO(bytes(filler.size)))

    assert os.path.getsize(tmp_path / "x") < 100_000
    with pytest.raises(InputError, match="holds more than the 5,242,880 bytes allowed"):
        members(tmp_path / "x")
