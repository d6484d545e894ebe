import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.formats import mat as module
from chainrule.data.formats.mat import read_mat
from chainrule.errors import InputError

ARRAYS = {
    "X": np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4),
    "y": np.array([[10.0], [1.0], [2.0]]),
    "a_long_name": np.array([[-5, 6]], np.int16),
}


@pytest.mark.parametrize("packed", [True, False])
def test_reads_what_is_asked_for(mat, tmp_path, packed):
    (tmp_path / "x.mat").write_bytes(mat(ARRAYS, packed=packed))

    read = read_mat(tmp_path / "x.mat", ("X", "a_long_name"))

    assert set(read) == {"X", "a_long_name"}
    for name, array in read.items():
        np.testing.assert_array_equal(array, ARRAYS[name])
        assert array.dtype == ARRAYS[name].dtype


def test_whole_numbers_are_stored_small_and_are_doubles_all_the_same(mat, tmp_path):
    (tmp_path / "x.mat").write_bytes(mat({"y": ARRAYS["y"]}, stored="u1"))
    read = read_mat(tmp_path / "x.mat", ("y",))["y"]
    assert (read.dtype, read.tolist()) == (np.float64, [[10.0], [1.0], [2.0]])


def test_the_same_as_scipy(tmp_path):
    scipy = pytest.importorskip("scipy.io")
    for packed in (True, False):
        scipy.savemat(tmp_path / "x.mat", {**ARRAYS, "text": "abc"}, do_compression=packed)
        for name, array in read_mat(tmp_path / "x.mat", tuple(ARRAYS)).items():
            np.testing.assert_array_equal(array, ARRAYS[name])


def damaged(offset, value):
    """An unpacked file of one array with four bytes written over."""

    def change(content):
        return content[:offset] + struct.pack("<I", value) + content[offset + 4 :]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: b"", "x.mat is not a MAT-file of level 5"),
        (lambda content: content[:100], "not a MAT-file of level 5"),
        (lambda content: b"\x89HDF\r\n\x1a\n" + content, "level 7.3; save it with -v7"),
        (lambda content: content[:126] + b"MI" + content[128:], "level 5, little-endian"),
        (lambda content: content[:128], "has no numeric array 'X' in it"),
        (lambda content: content[:-1], "is damaged: expected 80 bytes at 0, received 79"),
        (lambda content: content[:132], "is damaged"),
        (damaged(132, 0xFFFFFFFF), r"damaged: expected 4,294,967,295 bytes at 0, received 80"),
        (damaged(128, 15), "is damaged"),
        (damaged(128, 3), "has no numeric array 'X'"),
        (damaged(144, 4), "X is not a real numeric array"),
        (damaged(144, 0x809), "X is not a real numeric array"),
        (damaged(160, 2**31 - 1), "X: expected .* bytes .2147483647 x 3 x 4., received 24"),
        (damaged(160, 0xFFFFFFFE), "X: expected .* received 24"),
        (damaged(176, 0x00090001), "small element of 9 bytes"),
        (damaged(184, 77), "X has values of an unknown type, 77"),
    ],
)
def test_damaged_files_are_one_clear_line(mat, tmp_path, change, message):
    content = mat({"X": ARRAYS["X"]}, packed=False)
    (tmp_path / "x.mat").write_bytes(change(content))
    with pytest.raises(InputError, match=message) as caught:
        read_mat(tmp_path / "x.mat", ("X",))
    assert "\n" not in str(caught.value)


def test_a_bomb(mat, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 1 << 20)
    (tmp_path / "x.mat").write_bytes(mat({"X": np.zeros(5 << 20, np.uint8)}))
    with pytest.raises(InputError, match="an element unpacks to more than 1,048,576 bytes"):
        read_mat(tmp_path / "x.mat", ("X",))


def test_a_packed_element_that_is_cut(mat, tmp_path):
    content = mat({"X": ARRAYS["X"]})[:128]
    pressed = zlib.compress(bytes(100))[:-5]
    (tmp_path / "x.mat").write_bytes(content + struct.pack("<II", 15, len(pressed)) + pressed)
    with pytest.raises(InputError, match="a packed element is truncated"):
        read_mat(tmp_path / "x.mat", ("X",))


@given(data=st.data(), packed=st.booleans())
def test_any_damage_is_one_clear_line(mat, tmp_path_factory, data, packed):
    path = tmp_path_factory.getbasetemp() / "any.mat"
    content = bytearray(mat(ARRAYS, packed=packed))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(128, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    try:
        read_mat(path, ("X", "y"))
    except InputError as error:
        assert "\n" not in str(error)
