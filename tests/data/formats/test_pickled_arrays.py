import numpy as np
import pytest

from chainrule.data.formats.pickled_arrays import Name, Refused, Unbuilt, build, reduce

DTYPE_STATE = (3, "<", None, None, None, -1, -1, 0)


def test_an_array_in_two_steps():
    dtype = build(reduce(Name.DTYPE, ("u2", False, True)), DTYPE_STATE)
    array = build(
        reduce(Name.RECONSTRUCT, (Name.NDARRAY, (0,), b"b")),
        (1, (2, 1), dtype, False, b"\x01\x00\x00\x01"),
    )
    assert dtype == np.dtype("<u2")
    assert array.tolist() == [[1], [256]]


def test_an_array_in_one_step():
    dtype = np.dtype("u1")
    read = reduce(Name.FROM_BUFFER, (b"abcd", dtype, (2, 2), "F"))
    assert read.tolist() == [[97, 99], [98, 100]]


def test_bytes_as_python_3_wrote_them_for_python_2():
    assert reduce(Name.ENCODE, ("\xff", "latin1")) == b"\xff"
    assert reduce(Name.BYTES, ()) == b""


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (Name.ENCODE, ("x", "utf-16")),
        (Name.ENCODE, (b"x", "latin1")),
        (Name.RECONSTRUCT, (Name.NDARRAY, (10**12,), b"b")),
        (Name.RECONSTRUCT, (Name.DTYPE, (0,), b"b")),
        (Name.FROM_BUFFER, (b"a", "u1", (1,), "C")),
        (Name.NDARRAY, ((1,),)),
        (print, ("x",)),
        ("print", ("x",)),
        (Name.DTYPE, ([("a", "O")],)),
    ],
)
def test_other_calls(function, arguments):
    with pytest.raises(Refused):
        reduce(function, arguments)


@pytest.mark.parametrize(
    ("unbuilt", "state"),
    [
        (Unbuilt(), DTYPE_STATE),
        (Unbuilt(), (1, (1,), Unbuilt(np.dtype("u1")), False, b"a")),
        (Unbuilt(), (1, (1,), np.dtype("u1"), False, [None])),
        (Unbuilt(np.dtype("u1")), (1, (1,), np.dtype("u1"), False, b"a")),
        (Unbuilt(np.dtype("u1")), (3, "<", None, ("a",), {}, 8, 1, 0)),
        ([], {}),
    ],
)
def test_other_states(unbuilt, state):
    with pytest.raises(Refused):
        build(unbuilt, state)
