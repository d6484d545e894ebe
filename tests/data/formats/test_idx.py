import gzip
import os
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.formats.idx import read_idx
from chainrule.errors import InputError

IMAGES = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["x-idx3-ubyte", "x-idx3-ubyte.gz"])
def test_reads_plain_and_packed_whatever_the_name(tmp_path, idx, packed, name):
    data = idx(IMAGES)
    (tmp_path / name).write_bytes(gzip.compress(data) if packed else data)

    read = read_idx(tmp_path / name, 3)

    np.testing.assert_array_equal(read, IMAGES)
    assert read.dtype == np.uint8


def test_reads_labels(tmp_path, idx):
    (tmp_path / "x").write_bytes(idx(np.array([3, 1, 255])))
    assert read_idx(tmp_path / "x", 1).tolist() == [3, 1, 255]


def damaged(case, data):
    """(bytes of the file, what the message must say)"""
    packed = gzip.compress(data)
    return {
        "truncated": (data[:-7], "truncated: expected 76 bytes .*, received 69"),
        "trailing": (data + b"xy", "longer than its header says: expected 76 bytes.*, received 78"),
        "no header": (data[:9], "truncated: expected a header of 16 bytes, received 9"),
        "empty": (b"", "truncated: expected a header of 16 bytes, received 0"),
        "labels": (
            b"\0\0\x08\x01" + data[4:],
            "expected first four bytes 00000803 .*, received 00000801.*labels",
        ),
        "floats": (
            b"\0\0\x0d\x03" + data[4:],
            "expected first four bytes 00000803 .*, received 00000d03",
        ),
        "web page": (b"<!DOCTYPE html>" + data, "looks like a web page"),
        "gz cut in data": (packed[: len(packed) // 2], "truncated"),
        "gz cut in header": (packed[:5], "truncated"),
        "gz cut in checksum": (packed[:-6], "truncated: the end mark of its gzip is missing"),
        "gz bit flipped": (packed[:-8] + b"\1\2\3\4" + packed[-4:], "damaged: .*CRC"),
        "gz noise": (packed[:10] + bytes(100), "damaged: it does not unpack"),
        "gz junk after": (packed + b"junk", "damaged: it does not unpack"),
        "gz content cut": (
            gzip.compress(data[:-7]),
            "truncated: expected 76 bytes .*, received 69",
        ),
        "gz content longer": (gzip.compress(data + b"x"), "expected 76 bytes .*, received more"),
    }[case]


@pytest.mark.parametrize(
    "case",
    [
        "truncated",
        "trailing",
        "no header",
        "empty",
        "labels",
        "floats",
        "web page",
        "gz cut in data",
        "gz cut in header",
        "gz cut in checksum",
        "gz bit flipped",
        "gz noise",
        "gz junk after",
        "gz content cut",
        "gz content longer",
    ],
)
def test_says_what_is_wrong_with_a_damaged_file(tmp_path, idx, case):
    content, message = damaged(case, idx(IMAGES))
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)

    with pytest.raises(InputError, match=message) as caught:
        read_idx(path, 3)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match=r"no file .*nothing-idx3-ubyte"):
        read_idx(tmp_path / "nothing-idx3-ubyte", 3)
    with pytest.raises(InputError, match="expected a regular file, received a folder"):
        read_idx(tmp_path, 3)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("count", [2**31, 5_000_000])
def test_takes_no_memory_for_a_header_that_lies(tmp_path, packed, count):
    data = b"\0\0\x08\x03" + count.to_bytes(4, "big") + (28).to_bytes(4, "big") * 2 + bytes(99)
    (tmp_path / "x").write_bytes(gzip.compress(data) if packed else data)

    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=f"expected {16 + count * 784:,} bytes"):
            read_idx(tmp_path / "x", 3)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@given(cut=st.integers(0, 75), packed=st.booleans(), noise=st.binary(max_size=8))
def test_every_cut_and_overwrite_is_one_clear_line(tmp_path_factory, idx, cut, packed, noise):
    data = idx(IMAGES)
    data = gzip.compress(data) if packed else data
    mutated = data[:cut] + noise + data[cut + 2 * len(noise) :]
    path = tmp_path_factory.mktemp("idx") / "x"
    path.write_bytes(mutated)

    try:
        assert read_idx(path, 3).ndim == 3
    except InputError as error:
        assert str(path) in str(error)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "images")
    with pytest.raises(InputError, match="images: expected a regular file, received a pipe"):
        read_idx(tmp_path / "images", 3)
