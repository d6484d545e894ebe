"""Pickles by hand: each test says in opcodes what Python's own reader would have run."""

import gzip
import os
import pickle
import pickletools
import struct
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.formats import plain_pickle
from chainrule.data.formats.pickled_arrays import Refused
from chainrule.data.formats.plain_pickle import loads, read_plain_pickle
from chainrule.errors import InputError

BATCH = {
    b"batch_label": b"training batch 1 of 5",
    b"labels": [6, 9, 255, 256, 70_000, -1],
    b"data": np.arange(12, dtype=np.uint8).reshape(3, 4),
    b"filenames": [b"leptodactylus_pentadactylus_s_000004.png"],
    b"": (None, True, False, "text", 2**40, [], {}, ()),
}


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_of_every_protocol(protocol):
    read = loads(pickle.dumps(BATCH, protocol))

    assert list(read) == list(BATCH)
    np.testing.assert_array_equal(read.pop(b"data"), BATCH[b"data"])
    assert read == {key: value for key, value in BATCH.items() if key != b"data"}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3), np.uint8),
        np.array([[1.5, -2.0]], ">f8"),
        np.asfortranarray(np.arange(6, dtype="<i4").reshape(2, 3)),
        np.array([True, False]),
        np.array(7),
    ],
    ids=lambda array: f"{array.dtype.str} {array.shape}",
)
def test_arrays_of_numbers(protocol, array):
    read = loads(pickle.dumps([array, array], protocol))
    for copy in read:
        assert (copy.dtype, copy.shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(copy, array)


def test_an_array_as_python_2_wrote_it():
    """The opcodes at the start of CIFAR-10's data_batch_1, with four pixels."""
    written = (
        b"\x80\x02}q\x01U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\n"
        b"ndarray\nq\x04K\x00\x85U\x01b\x87Rq\x05(K\x01K\x02K\x02\x86cnumpy\ndtype\nq\x06"
        b"U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T\x04\x00\x00\x00\xff\x00\x80\x0atbs."
    )
    assert pickle.loads(written, encoding="bytes")[b"data"].tolist() == [[255, 0], [128, 10]]
    assert loads(written)[b"data"].tolist() == [[255, 0], [128, 10]]


class Runs:
    """What a malicious pickle is: an object that is made by a call of anything."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "function",
    [os.system, eval, exec, getattr, subprocess.Popen, __import__, open, np.load, np.frombuffer],
    ids=lambda function: function.__name__,
)
def test_calls_are_refused_and_not_made(protocol, function, tmp_path):
    trace = tmp_path / "trace"
    pickled = pickle.dumps(Runs(function, f"touch {trace}"), protocol)

    with pytest.raises(Refused, match=r"it names .*, which may be anything"):
        loads(pickled)
    assert not trace.exists()


def unicode_(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        # Names by another way than GLOBAL.
        (unicode_("os") + unicode_("system") + b"\x93.", "it names os.system"),
        (unicode_("numpy") + unicode_("load") + b"\x93.", "it names numpy.load"),
        (b"K\x01K\x02\x93.", "names what has no name"),
        (b"cnumpy\nndarray.__reduce__\n.", "it names numpy.ndarray.__reduce__"),
        (b"(S'ls'\nios\nsystem\n.", "it has a INST"),
        (b"(cos\nsystem\nS'ls'\no.", "it names os.system"),
        (b"(cnumpy\nndarray\nK\x01o.", "it has a OBJ"),
        (b"cnumpy\nndarray\n)\x81.", "it has a NEWOBJ"),
        (b"cnumpy\nndarray\n)}\x92.", "it has a NEWOBJ_EX"),
        (b"\x82\x01.", "it has a EXT1"),
        (b"Pid\n.", "it has a PERSID"),
        (b"K\x01Q.", "it has a BINPERSID"),
        (b"\x97.", "it has a NEXT_BUFFER"),
        (b"\x8f.", "it has a EMPTY_SET"),
        (b"G" + bytes(8) + b".", "it has a BINFLOAT"),
        # The names that are known, called as they are not meant to be.
        (b"cnumpy\ndtype\n" + unicode_("O") + b"\x85R.", "an array of 'O', not of numbers"),
        (b"cnumpy\ndtype\n" + unicode_("V9999999") + b"\x85R.", "an array of 'V9999999'"),
        (b"cnumpy\ndtype\n)R.", "calls something in a way"),
        (b"cnumpy\nndarray\nJ\xff\xff\xff\x7f\x85R.", "calls something in a way"),
        (b"cbuiltins\nbytes\nJ\xff\xff\xff\x7f\x85R.", "calls something in a way"),
        (b"c_codecs\nencode\n" + unicode_("x") + unicode_("zip") + b"\x86R.", "calls something"),
        (b"K\x01)R.", "calls something in a way"),
        (b"]N}b.", "gives something a state"),
        (b"]}b.", "gives something a state"),
        # Half built, or more than a value.
        (b"cnumpy\nndarray\n.", "leaves something half built"),
        (b"]cos\npath\na.", "it names os.path"),
        (b"](cnumpy\ndtype\ncnumpy\nndarray\ne.", "leaves something half built"),
        (b"K\x01K\x02.", "leaves 2 values"),
        (b".", "leaves 0 values"),
        (b"K\x01.K\x01.", "ends at byte 3 of 6"),
        # What would hurt Python: the hash of a tuple in tuples, a set of items on anything.
        (b"}))\x85s.", "a tuple for a key"),
        (b"}]K\x01s.", "a list for a key"),
        (b"]K\x01K\x02s.", "sets items of a list"),
        (b"}K\x01a.", "appends to a dict"),
        (b"\x8b\x09\x00\x00\x00" + bytes(8) + b"\x01.", "a number of 65 bits"),
        # Damaged.
        (b"", "damaged after byte 0"),
        (b"a.", "damaged"),
        (b"\x85.", "stack underflow"),
        (b"h\x07.", "damaged"),
        (b"}(K\x01u.", "a key without a value"),
        (b"e.", "damaged"),
        (b"\xff", "damaged"),
        (b"I" + b"9" * 5000 + b"\n.", "damaged"),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", "damaged"),
        (b"cos\n\\Gsystem\n.", "damaged"),  # a warning, which is an error here
        (b"T\xff\xff\xff\x7f.", "damaged"),
        (b"X\xff\xff\xff\xff.", "damaged"),
    ],
)
def test_programs_that_are_refused(program, message):
    with pytest.raises(Refused, match=message):
        loads(program)


def array_of(shape, dtype="u1", data=b"", order="|"):
    """The opcodes of an array whose parts are these, whatever they are."""
    return (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01"
        + pickle.dumps(shape, 2)[2:-1]
        + b"cnumpy\ndtype\n"
        + unicode_(dtype)
        + b"\x85R(K\x03"
        + unicode_(order)
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89C"
        + bytes([len(data)])
        + data
        + b"tb."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (2**40, 2**40)}, "is not what its shape needs"),
        ({"shape": (3,), "data": b"ab"}, "an array of 2 bytes, which is not what its shape"),
        ({"shape": (1,), "data": b"ab", "dtype": "u4"}, "not what its shape"),
        ({"shape": (-1,)}, "whose shape is none"),
        ({"shape": 0}, "whose shape is none"),
        ({"shape": ("2",), "data": b"ab"}, "whose shape is none"),
        ({"shape": (1,) * 40, "data": b"a"}, "not what its shape needs"),
        ({"shape": (0,), "order": "?"}, "unknown byte order"),
    ],
)
def test_arrays_that_are_not_what_they_say(arguments, message):
    assert loads(array_of((2,), data=b"ab")).tolist() == [97, 98]
    with pytest.raises(Refused, match=message):
        loads(array_of(**arguments))


def test_the_array_is_not_there_before_its_state():
    unbuilt = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
    with pytest.raises(Refused, match="half built"):
        loads(b"](" + unbuilt + b"2e.")


def test_bombs_end_soon():
    """Small programs that would fill any memory or take for ever."""
    nested = b"(" * 100_000 + b"t" * 100_000 + b"."
    levels = [b"]q\0", *(b"](" + b"h%c" % i * 20 + b"eq%c" % (i + 1) for i in range(60))]
    laughs = b"(" + b"".join(levels) + b"t."  # the last has 20^60 lists in it, if they are counted
    memo = b"N" + b"r\xff\xff\xff\xff" * 1000 + b"."
    itself = b"]q\x00h\x00a."
    text = b"X" + struct.pack("<I", 100_000) + b"x" * 100_000 + b"q\x000("
    unfolding = text + (b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R") * 1000 + b"t."

    assert isinstance(loads(nested), tuple)
    assert len(loads(laughs)[-1]) == 20
    assert loads(memo) is None
    assert loads(itself)[0] is not None
    with pytest.raises(Refused, match="unfolds to more than the file's own size"):
        loads(unfolding)


def test_too_many_steps(monkeypatch):
    monkeypatch.setattr(plain_pickle, "STEPS", 1000)
    loads(b"](" + b"]" * 900 + b"e.")
    with pytest.raises(Refused, match="more than 1,000 steps"):
        loads(b"](" + b"]" * 1000 + b"e.")


OPCODES = [opcode.code.encode("latin-1") for opcode in pickletools.opcodes]


@given(st.lists(st.sampled_from(OPCODES) | st.binary(max_size=4), max_size=40).map(b"".join))
def test_any_program_is_read_or_refused(program):
    try:
        loads(program)
    except Refused as error:
        assert "\n" not in str(error)


@given(data=st.data(), protocol=st.integers(0, 5))
def test_any_damage_is_read_or_refused(data, protocol):
    pickled = bytearray(pickle.dumps(BATCH, protocol))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(pickled) - 1))
        pickled[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(len(pickled) // 2, len(pickled)))
    try:
        loads(bytes(pickled[:end]))
    except Refused as error:
        assert len(str(error)) < 300


def test_a_file_packed_or_not(tmp_path):
    pickled = pickle.dumps({"a": 1})
    (tmp_path / "plain").write_bytes(pickled)
    (tmp_path / "packed").write_bytes(gzip.compress(pickled))
    assert read_plain_pickle(tmp_path / "plain") == read_plain_pickle(tmp_path / "packed")

    (tmp_path / "plain").write_bytes(pickle.dumps(Runs(os.system, "true")))
    with pytest.raises(InputError, match=r"plain is not a pickle of plain values: it names posix"):
        read_plain_pickle(tmp_path / "plain")
