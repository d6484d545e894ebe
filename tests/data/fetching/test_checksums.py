import gzip
import hashlib
import io

import pytest

from chainrule.data.fetching.checksums import BadContent, check_file, copy_checked, unpacked
from chainrule.data.fetching.source import KnownFile, find_file
from chainrule.errors import InputError


def test_passes_the_content_on_packed_or_not(toy):
    known = toy.source.files[1]
    data = toy.contents["small-idx"]
    for stored in (
        data,
        gzip.compress(data),
        gzip.compress(data[:9]) + gzip.compress(data[9:]),
    ):
        got = bytearray()
        copy_checked(io.BytesIO(stored), known, got.extend)
        assert got == data


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "expected 1,000 bytes, received 999"),
        (lambda data: data + b"x", "expected 1,000 bytes, received more"),
        (lambda data: data[::-1], "expected sha256 .*, received"),
        (lambda data: b"<html>", "which look like a web page"),
        (lambda data: b"", "expected 1,000 bytes, received 0"),
        (lambda data: gzip.compress(data)[:-3], "truncated: expected 1,000 bytes"),
        (lambda data: gzip.compress(data)[:-8] + bytes(8), "damaged gzip"),
        (lambda data: gzip.compress(data)[:11], "truncated"),
        (lambda data: b"\x1f\x8b" + data, "damaged gzip"),
        (lambda data: gzip.compress(bytes(100 << 20)), "received more"),
        (lambda data: gzip.compress(b"") * 100_000, "more than the 66,537 bytes allowed"),
    ],
)
def test_says_what_is_wrong(toy, damage, message):
    stored = damage(toy.contents["small-idx"])
    with pytest.raises(BadContent, match=message):
        copy_checked(io.BytesIO(stored), toy.source.files[1])


def test_check_file(toy, tmp_path):
    big, small = toy.source.files
    assert check_file(tmp_path, small) == ("small-idx", False, f"missing in {tmp_path}")

    toy.put(tmp_path, packed=True)
    path, good, detail = check_file(tmp_path, small)
    assert (path, good) == (str(tmp_path / "small-idx.gz"), True)
    assert small.checksum in detail

    (tmp_path / "big-idx.gz").write_bytes(b"")
    assert check_file(tmp_path, big)[1:] == (False, "expected 600,000 bytes, received 0")


def test_the_first_name_that_is_there_counts(toy, tmp_path):
    small = toy.source.files[1]
    for name in ("small.idx.gz", "small.idx", "small-idx.gz", "small-idx"):
        (tmp_path / name).write_text("")
        assert find_file(tmp_path, small) == tmp_path / name


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_every_published_kind_of_checksum(algorithm):
    digits = hashlib.new(algorithm, b"content").hexdigest()
    known = KnownFile("x", None, f"{algorithm}:{digits}")

    copy_checked(io.BytesIO(b"content"), known)
    with pytest.raises(BadContent, match=f"expected {algorithm} {digits}, received"):
        copy_checked(io.BytesIO(b"Content"), known)


def test_what_is_known_as_packed_is_kept_packed():
    packed = gzip.compress(b"content")
    known = KnownFile("x.gz", None, hashlib.sha256(packed).hexdigest(), ("x",), verbatim=True)
    got = bytearray()

    copy_checked(io.BytesIO(packed), known, got.extend)

    assert got == packed
    assert list(known.names()) == ["x.gz", "x"]
    with pytest.raises(BadContent, match="is of the packed file, and this is not packed"):
        copy_checked(io.BytesIO(b"content"), known)


def test_without_comparing_it_must_still_unpack_and_fit(toy):
    small = toy.source.files[1]
    copy_checked(io.BytesIO(b"other"), small, compare=False)
    with pytest.raises(BadContent, match="expected 1,000 bytes, received more"):
        copy_checked(io.BytesIO(bytes(1001)), small, compare=False)
    with pytest.raises(BadContent, match="truncated: expected 1,000 bytes, received"):
        copy_checked(io.BytesIO(gzip.compress(bytes(500))[:-9]), small, compare=False)


def test_unpacked(tmp_path):
    (tmp_path / "plain").write_bytes(b"content")
    (tmp_path / "packed").write_bytes(gzip.compress(b"content"))
    assert unpacked(tmp_path / "plain", 7) == unpacked(tmp_path / "packed", 7) == b"content"

    with pytest.raises(InputError, match="packed is damaged: expected 6 bytes, received more"):
        unpacked(tmp_path / "packed", 6)
    with pytest.raises(InputError, match=r"no file .*nothing"):
        unpacked(tmp_path / "nothing", 7)
    with pytest.raises(InputError, match="expected a regular file, received a folder"):
        unpacked(tmp_path, 7)
