import gzip
import io

import pytest

from chainrule.data.content import BadContent, check_file, copy_checked
from chainrule.data.source import find_file


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
        (lambda data: data[:-1], "expected 1,000 bytes, got 999"),
        (lambda data: data + b"x", "expected 1,000 bytes, got more"),
        (lambda data: data[::-1], "expected sha256 .*, got"),
        (lambda data: b"<html>", "which look like a web page"),
        (lambda data: b"", "expected 1,000 bytes, got 0"),
        (lambda data: gzip.compress(data)[:-3], "truncated: expected 1,000 bytes"),
        (lambda data: gzip.compress(data)[:-8] + bytes(8), "damaged gzip"),
        (lambda data: gzip.compress(data)[:11], "truncated"),
        (lambda data: b"\x1f\x8b" + data, "damaged gzip"),
        (lambda data: gzip.compress(bytes(100 << 20)), "got more"),
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
    assert small.sha256 in detail

    (tmp_path / "big-idx.gz").write_bytes(b"")
    assert check_file(tmp_path, big)[1:] == (False, "expected 600,000 bytes, got 0")


def test_the_first_name_that_is_there_counts(toy, tmp_path):
    small = toy.source.files[1]
    for name in ("small.idx.gz", "small.idx", "small-idx.gz", "small-idx"):
        (tmp_path / name).write_text("")
        assert find_file(tmp_path, small) == tmp_path / name
