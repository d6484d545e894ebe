"""Files of weights: what is read from them, and everything that is not."""

from __future__ import annotations

import io
import os
import pickle
import pickletools
import struct
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save

from chainrule import weights
from chainrule.errors import InputError
from chainrule.weights import reading

from . import torch_files as t
from .torch_files import op

FORMATS = ("archive", "stream")


@pytest.fixture
def read(tmp_path):
    def run(content: bytes):
        path = tmp_path / "weights.pth"
        path.write_bytes(content)
        return weights.read(path)

    return run


@pytest.fixture
def refused(read):
    """The message of what is refused: one line that names the file."""

    def run(content: bytes) -> str:
        with pytest.raises(InputError) as caught:
            read(content)
        said = str(caught.value)
        assert "\n" not in said
        assert "weights.pth" in said
        assert len(said) < 600
        return said

    return run


@pytest.mark.parametrize("form", FORMATS)
def test_a_state_dict(read, form):
    found = read(
        t.both(t.state_dict(a=t.tensor(), b=t.tensor(size=(3,), stride=(2,), offset=1)))[form]
    )
    assert list(found) == ["a", "b"]
    np.testing.assert_array_equal(found["a"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found["b"], [1, 3, 5])
    assert found["a"].dtype == np.float32


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("code", t.TYPES)
def test_every_type_of_numbers(read, form, code):
    numbers = np.array([0, 1, 1, 0, 1, 1]).astype(code)
    one = t.state_dict(a=t.tensor(t.storage("7", t.TYPES[code])))
    content = {
        "archive": t.archive(one, {"7": numbers.tobytes()}),
        "stream": t.stream(one, {"7": (6, numbers.tobytes())}),
    }[form]
    found = read(content)["a"]
    assert found.dtype == np.dtype(code)
    np.testing.assert_array_equal(found, numbers.reshape(2, 3))


def test_bfloat16_becomes_float32(read):
    halves = (np.array([1.5, -2.0, 0, 3.25, 1, 7], np.float32).view(np.uint32) >> 16).astype("<u2")
    one = t.state_dict(a=t.tensor(t.storage("0", "BFloat16Storage")))
    found = read(t.archive(one, {"0": halves.tobytes()}))["a"]
    assert found.dtype == np.float32
    assert found.ravel().tolist() == [1.5, -2.0, 0, 3.25, 1, 7]


def test_shared_storages_and_a_machine_of_the_other_byte_order(read):
    one = t.state_dict(a=t.tensor(), b=t.tensor(size=(3, 2), stride=(1, 3)))
    found = read(t.stream(one, {"0": (6, t.SIX.astype(">f4").tobytes())}, little=False))
    np.testing.assert_array_equal(found["b"], found["a"].T)
    np.testing.assert_array_equal(found["a"].ravel(), range(6))
    packed = io.BytesIO(t.archive(one, {"0": t.SIX.astype(">f4").tobytes()}))
    with zipfile.ZipFile(packed, "a") as file:
        file.writestr("archive/byteorder", b"big")
    np.testing.assert_array_equal(read(packed.getvalue())["a"].ravel(), range(6))


def test_views_of_storages_as_old_files_have_them(read):
    view = op(("view", 2, 3))
    one = t.state_dict(a=t.tensor(t.storage("0", "FloatStorage", 6, view), 1, (2,), (1,)))
    assert read(t.stream(one, {"0": (6, t.SIX.tobytes())}))["a"].tolist() == [3, 4]
    for bad in (op(("view", 5, 3)), op(("view", -1, 3)), op("view"), b"N" + b"N"):
        one = t.state_dict(a=t.tensor(t.storage("0", "FloatStorage", 6, bad), 0, (2,), (1,)))
        with pytest.raises(InputError, match="view of a storage"):
            read(t.stream(one, {"0": (6, t.SIX.tobytes())}))


@pytest.mark.parametrize("key", ["state_dict", "model", "net", "model_state_dict"])
def test_the_weights_are_taken_out_of_a_checkpoint(read, key):
    inner = t.state_dict(**{"module.a": t.tensor(), "module.b": t.tensor()})
    outer = (
        b"}(" + op("epoch") + op(3) + op("best") + b"G" + struct.pack(">d", 0.5)
        + op("optimizer") + b"}" + op(key) + inner + b"u"
    )  # fmt: skip
    for content in t.both(outer).values():
        assert list(read(content)) == ["a", "b"]


def test_names_without_arrays_are_no_weights_and_nested_ones_have_dots(read):
    outer = b"}(" + op("n") + op(1) + op("a") + b"}" + op(3) + t.tensor() + b"s" + b"u"
    assert list(read(t.both(outer)["archive"])) == ["a.3"]


def test_a_parameter_and_an_empty_tensor(read):
    parameter = (
        t.named("torch._utils", "_rebuild_parameter") + b"(" + t.tensor() + b"\x88"
        + t.named("collections", "OrderedDict") + b")RtR"
    )  # fmt: skip
    empty = t.tensor(size=(0, 3), stride=(3, 1))
    found = read(t.both(t.state_dict(a=parameter, b=empty))["archive"])
    assert found["a"].shape == (2, 3)
    assert found["b"].shape == (0, 3)


def test_an_ordered_dict_of_python_2_and_numbers_of_numpy(read):
    pairs = b"](](" + op("a") + t.tensor() + b"ee"
    old = t.named("collections", "OrderedDict") + pairs + b"\x85R"
    assert list(read(t.both(old)["stream"])) == ["a"]
    scalar = pickle.dumps(np.float64(0.25), 2)[2:-1]
    outer = b"}(" + op("best") + scalar + op("state_dict") + t.state_dict(a=t.tensor()) + b"u"
    assert list(read(t.both(outer)["archive"])) == ["a"]


def test_a_pickle_of_arrays(read):
    content = pickle.dumps({"conv1": [np.ones((3, 3)), np.zeros(2)], "kind": "net"})
    assert {name: a.shape for name, a in read(content).items()} == {
        "conv1.0": (3, 3), "conv1.1": (2,),
    }  # fmt: skip


def test_safetensors_of_every_type(read):
    arrays = {code: np.array([0, 1]).astype(code) for code in ("f4", "f2", "f8", "i8", "u1", "b1")}
    found = read(save(arrays, metadata={"format": "pt"}))
    for code, array in arrays.items():
        np.testing.assert_array_equal(found[code], array)
        assert found[code].dtype == array.dtype


def test_safetensors_in_bfloat16_and_in_8_bits(read, refused):
    def of(dtype: str, size: int) -> bytes:
        header = f'{{"a":{{"dtype":"{dtype}","shape":[2],"data_offsets":[0,{size}]}}}}'.encode()
        return struct.pack("<Q", len(header)) + header + b"\x80\x3f\x00\x40"[:size]

    assert read(of("BF16", 4))["a"].tolist() == [1.0, 2.0]
    assert "'a' is of type F8_E4M3, which is not supported" in refused(of("F8_E4M3", 2))


# What would be run by Python's own reader.

RUNS = {
    "os.system": t.named("os", "system") + op("touch ran") + b"\x85R",
    "posix.system": t.named("posix", "system") + op("touch ran") + b"\x85R",
    "builtins.eval": t.named("builtins", "eval") + op("open('ran', 'w')") + b"\x85R",
    "builtins.exec": b"\x8c\x08builtins\x8c\x04exec\x93" + op("open('ran', 'w')") + b"\x85R",
    "builtins.getattr": t.named("builtins", "getattr") + op(("a", "b")) + b"R",
    "numpy.load": t.named("numpy", "load") + op("ran") + b"\x85R",
    "torch.load": t.named("torch", "load") + op("ran") + b"\x85R",
    "torch.hub.load": t.named("torch.hub", "load") + op(("a", "b")) + b"R",
    "collections.OrderedDict.x": t.named("collections", "OrderedDict.x") + b")R",
    "__main__.Net": t.named("__main__", "Net") + b")\x81}b",
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("what", RUNS)
def test_nothing_that_a_file_names_is_run(refused, tmp_path, monkeypatch, form, what):
    monkeypatch.chdir(tmp_path)
    for instructions in (RUNS[what], t.state_dict(a=t.tensor(), b=RUNS[what])):
        said = refused(t.both(instructions)[form])
        assert f"it names {what}, which may be anything" in said
        assert "torch.save(model.state_dict(), PATH)" in said
    assert not os.path.exists("ran")


def test_what_a_plain_pickle_names_is_not_run_either(refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for what, instructions in RUNS.items():
        assert f"it names {what}" in refused(t.program(instructions))
    assert not os.path.exists("ran")


ODD = {
    "calls a storage": t.storage() + b")R",
    "calls a dict": b"})R",
    "calls a type": t.named("torch", "Tensor") + b")R",
    "calls itself by type": t.named("torch._tensor", "_rebuild_from_type_v2") + b"("
    + t.named("torch._tensor", "_rebuild_from_type_v2") + t.named("torch", "Tensor") + b"))tR",
    "an instance": b"(ios\nsystem\n",
    "an object": t.named("torch", "Tensor") + b")\x81",
    "an extension": b"\x82\x01",
    "a set": b"\x8f",
    "a persistent id in text": b"Px\n",
    "a persistent id of a number": op(3) + b"Q",
    "a persistent id of a tuple": op(("storage", 1, 2, 3, 4)) + b"Q",
    "a storage without a size": t.storage(count="x"),
    "a storage of a negative size": t.storage(count=-1),
    "a tensor of nothing": t.tensor(b"N"),
    "a tensor without sizes": t.tensor(size=7),
    "a tensor of negative sizes": t.tensor(size=(-2, -3)),
    "a tensor of sizes in floats": t.tensor(size=(2.0, 3.0)),
    "a tensor of true": t.tensor(size=(True, 3)),
    "a tensor with a negative stride": t.tensor(stride=(-3, 1)),
    "a tensor with a negative offset": t.tensor(offset=-1),
    "a tensor with too few strides": t.tensor(stride=(1,)),
    "a tensor of many axes": t.tensor(size=(1,) * 40, stride=(1,) * 40),
    "beyond the storage": t.tensor(offset=1),
    "strides beyond the storage": t.tensor(stride=(4, 1)),
    "more numbers than the storage": t.tensor(size=(10**6, 10**6), stride=(0, 0)),
    "of 2**70 numbers": t.tensor(size=(2**62, 2**62), stride=(1, 1)),
    "a storage of 2**62 numbers": t.tensor(t.storage(count=2**62), size=(2**62,), stride=(1,)),
    "a storage that is not there": t.tensor(t.storage("nowhere")),
    "a storage outside of the folder": t.tensor(t.storage("../../etc/passwd")),
    "two storages of one name": b"(" + t.storage() + t.storage(count=5) + b"t",
    "a key of tuples": b"}" + op((1, 2)) + op(1) + b"s",
    "a type that is not supported": t.tensor(t.storage("0", "ComplexFloatStorage")),
    "no arrays": op({"a": 1}),
    "nothing": b"N",
    "only a number": op(7),
    "only a type": t.named("torch", "float32"),
    "a number of a million bits": b"\x8b" + struct.pack("<i", 10**6) + b"\x7f" * 10**6,
    "get of nothing": b"h\x07",
    "pop of nothing": b"0",
    "a put of nothing": b"q\x00",
    "a memo far away": t.tensor() + b"r" + struct.pack("<I", 2**32 - 1) + b"j\x00\x00\x00\x00",
    "no stop": b"",
    "a long text that is not there": b"X" + struct.pack("<I", 2**31) + b"abc",
    "long bytes that are not there": b"\x8e" + struct.pack("<Q", 2**60) + b"abc",
    "a frame that is not there": b"\x95" + struct.pack("<Q", 2**60) + b"N",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("what", ODD)
def test_programs_that_are_none(refused, form, what):
    refused(t.both(ODD[what])[form])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("deep", [b"]" * 100_000 + b"a" * 99_999, b"]" + b"\x85" * 100_000,
                                  b"]q\x00" + b"h\x00\x86" * 3 + b"2\x86" * 40_000])  # fmt: skip
def test_deep_and_doubled_nesting(refused, form, deep):
    refused(t.both(deep)[form])


def test_a_list_that_holds_itself_and_one_that_unfolds(read, refused):
    itself = b"]q\x00h\x00a" + t.tensor() + b"a"
    assert list(read(t.both(itself)["archive"])) == ["1"]
    doubled = t.tensor() + b"\x85" + b"2\x86" * 14  # 2**14 tensors, written in a hundred bytes
    assert len(read(t.both(doubled)["stream"])) == 2**14
    twenty = b"(" + b"h\x00" * 20 + b"lq\x000"  # a list of twenty times the last
    lists = t.tensor() + b"q\x000" + twenty * 6 + b"h\x00"
    assert "it unfolds to more than 200,000 values" in refused(t.both(lists)["stream"])


@pytest.mark.parametrize("form", FORMATS)
def test_every_file_that_is_cut_short(read, form):
    whole = t.both(t.state_dict(a=t.tensor()))[form]
    for length in range(len(whole)):
        with pytest.raises(InputError):
            read(whole[:length])


@pytest.mark.parametrize("form", FORMATS)
def test_every_byte_changed_is_read_or_refused(read, form):
    whole = t.both(t.state_dict(a=t.tensor()))[form]
    for at in range(len(whole)):
        content = bytearray(whole)
        content[at] ^= 0xFF
        try:
            found = read(bytes(content))
        except InputError:
            continue
        assert all(array.size <= 6 for array in found.values())


def test_archives_that_are_none(refused):
    one = t.state_dict(a=t.tensor())
    assert "without a data.pkl" in refused(
        t.archive(one, {}, folder="x/").replace(b"data.pkl", b"data.pkx")
    )
    assert "lacks the storage '0'" in refused(t.archive(one, {}))
    assert "has 4 bytes, not 6 numbers of 4" in refused(t.archive(one, {"0": b"abcd"}))
    squeezed = t.archive(one, {"0": bytes(24)}, compression=zipfile.ZIP_DEFLATED)
    assert "compressed" in refused(squeezed)
    broken = bytearray(t.archive(one, {"0": t.SIX.tobytes()}))
    broken[bytes(broken).index(t.SIX.tobytes())] ^= 1
    assert "CRC" in refused(bytes(broken))


def test_an_archive_bomb_takes_no_memory(refused):
    """A member of a gigabyte of zeros, in a megabyte."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/data.pkl", t.program(t.state_dict(a=t.tensor(t.storage(count=2**24)))))
        with file.open("a/data/0", "w") as member:
            for _ in range(16):
                member.write(bytes(1 << 22))
    assert "larger than the file" in refused(packed.getvalue())


def test_members_that_lie_on_top_of_each_other(refused):
    """Many entries of the table for the same bytes give more than the file has."""
    one = t.archive(t.state_dict(a=t.tensor()), {"0": bytes(1 << 16)})
    with zipfile.ZipFile(io.BytesIO(one)) as file:
        table = file.start_dir
    entries = one[table : one.rindex(b"PK\x05\x06")]
    body = one[:table] + b"".join(
        entries.replace(b"archive/data/0", f"archive/data/{i}".encode()) for i in range(9)
    )
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 27, 27, 9 * len(entries), table, 0)
    refused(body + end)


def test_streams_whose_storages_are_wrong(refused):
    one = t.state_dict(a=t.tensor())
    six = t.SIX.tobytes()
    assert "the size of its storage '0' is wrong" in refused(t.stream(one, {"0": (5, six)}))
    assert "cut short" in refused(t.stream(one, {"0": (6, six[:-1])}))
    assert "that it does not use" in refused(t.stream(one, {"0": (6, six), "1": (6, six)}))
    assert "lacks the storage '0'" in refused(t.stream(one, {}))
    assert "it ends at byte" in refused(t.stream(one, {"0": (6, six)}) + b"more")
    huge = t.state_dict(a=t.tensor(t.storage(count=2**40)))
    assert "cut short" in refused(t.stream(huge, {"0": (2**40, six)}))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "neither safetensors nor .pth"),
        (b"x", "neither"),
        (b"<html>", "neither"),
        (bytes(100), "neither"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "an HDF5 file, as Keras writes"),
        (b"\x1f\x8b" + bytes(50), "packed with gzip"),
        (b"\x93NUMPY" + bytes(50), "a single NumPy array"),
        (b"\x00" * 8 + b"{", "damaged"),
        (b"\xff" * 8 + b"{}", "damaged"),
        (struct.pack("<Q", 2) + b"{}", "no arrays"),
        (b"\x80\x02", "damaged"),
        (pickle.dumps([1, 2]), "it holds no arrays, but a list"),
        (pickle.dumps({"a": 1}), "it holds no arrays, but a dict of 'a'"),
    ],
)
def test_other_files(refused, content, problem):
    assert problem in refused(content)


def test_safetensors_whose_header_lies(refused):
    for shape, end in (([10**9, 10**9], 8), ([2], 10**12), ([-2], 8)):
        header = f'{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}}}'.encode()
        assert "damaged" in refused(struct.pack("<Q", len(header)) + header + bytes(8))


def test_paths_that_are_no_files(tmp_path):
    with pytest.raises(InputError, match=r"no such file: .*nothing\.pth"):
        weights.read(tmp_path / "nothing.pth")
    with pytest.raises(InputError, match="expected a regular file, received a folder"):
        weights.read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="received a pipe"):
        weights.read(tmp_path / "pipe")


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 100)
    (tmp_path / "x.pth").write_bytes(bytes(101))
    with pytest.raises(InputError, match="expected at most 100 bytes, received 101"):
        weights.read(tmp_path / "x.pth")


def test_the_helper_writes_what_pickle_reads():
    """The instructions of these tests are those of the format: Python disassembles them."""
    content = t.program(t.state_dict(a=t.tensor()))
    assert [o.name for o, _, _ in pickletools.genops(content)][-1] == "STOP"
    assert t.MAGIC.startswith(b"\x80\x02\x8a\n")
