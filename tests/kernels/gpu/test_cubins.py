"""Where cubins are found, when they are compiled, and what a launch is told."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import ChainruleWarning
from chainrule.files import WriteFailed
from chainrule.kernels import notices
from chainrule.kernels.gpu import cubins, tiles
from chainrule.kernels.gpu.cubins import Variant

from . import fake_cupy, tile_model

VARIANT = Variant("convolve", (1, 4, 32, 64, 64))


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The folder that is named, and the user's."""
    monkeypatch.setenv(cubins.VARIABLE, str(tmp_path / "named"))
    monkeypatch.setattr(cubins.homes, "user_cache", lambda: tmp_path / "cache")
    cubins.forget()
    yield tmp_path / "named", tmp_path / "cache" / "cubins"
    cubins.forget()


def test_the_name_holds_what_the_code_depends_on(monkeypatch):
    name = VARIANT.file("sm_90")
    assert name.startswith("convolve-1x4x32x64x64-sm_90-")
    assert name != VARIANT.file("sm_100")
    monkeypatch.setattr(cubins, "_digest", lambda: "another source")
    assert name != VARIANT.file("sm_90")


def test_the_named_folder_comes_before_the_cache(places, monkeypatch):
    monkeypatch.setattr(cubins, "can_compile", lambda: False)
    name = VARIANT.file("sm_90")
    assert cubins.find(VARIANT, "sm_90") is None
    for folder in reversed(places):
        folder.mkdir(parents=True)
        (folder / name).write_bytes(b"code")
        assert cubins.find(VARIANT, "sm_90") == folder / name


def test_what_is_compiled_is_kept(places, monkeypatch):
    made = []
    monkeypatch.setattr(cubins, "can_compile", lambda: True)
    monkeypatch.setattr(cubins, "compiled", lambda *each: made.append(each) or b"code")
    path = cubins.find(VARIANT, "sm_90")
    assert path == cubins.find(VARIANT, "sm_90") == places[1] / VARIANT.file("sm_90")
    assert path.read_bytes() == b"code"
    assert made == [(VARIANT, "sm_90")]


@pytest.mark.parametrize(
    "error", [RuntimeError("sm_70 is unknown\nat line 3"), OSError(28, "full")]
)
def test_what_cannot_be_compiled_or_kept_is_said_once(places, monkeypatch, error):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(cubins, "can_compile", lambda: True)
    monkeypatch.setattr(cubins, "compiled", fail)
    with pytest.warns(ChainruleWarning, match="convolutions run without it") as told:
        assert cubins.find(VARIANT, "sm_70") is None
    assert "\n" not in str(told[0].message)
    assert cubins.find(VARIANT, "sm_70") is None


def test_a_full_disk_leaves_the_reference(places, monkeypatch):
    def fail(*arguments):
        raise WriteFailed("cannot write: disk full")

    monkeypatch.setattr(cubins, "can_compile", lambda: True)
    monkeypatch.setattr(cubins, "compiled", lambda *each: b"code")
    monkeypatch.setattr(cubins, "atomic_write", fail)
    with pytest.warns(ChainruleWarning, match="cannot keep convolve"):
        assert cubins.find(VARIANT, "sm_90") is None


def test_an_old_driver_gets_no_tile_kernels(monkeypatch):
    for name, module in fake_cupy.modules(driver=12080).items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(cubins, "find", lambda *each: pytest.fail("looked for"))
    cubins.forget()
    assert cubins.loaded(VARIANT) is None
    cubins.forget()


def test_an_array_is_its_address_its_shape_and_its_strides():
    x = fake_cupy.empty((3, 4, 8), np.uint16)[:, 1:]
    seen = []
    cubins.run(lambda *each: seen.extend(each), (2, 3), [x, 7])
    grid, block, words = seen
    assert (grid, block) == ((2, 3), (1, 1, 1))
    assert words == (x.data.ptr, 3, 3, 8, 32, 8, 1, 7)
    assert [type(word) for word in words] == [np.uint64, *[np.int32] * 7]


def test_the_signature_promises_what_the_launches_keep(monkeypatch):
    """With a stand-in for cuTile: one promise a parameter, constants in their order."""
    tile = types.ModuleType("cuda.tile")
    compilation = types.SimpleNamespace(
        ArrayConstraint=lambda dtype, axes, **rest: ("array", dtype, axes, rest),
        ConstantConstraint=lambda value: ("constant", value),
        ScalarConstraint=lambda dtype: ("scalar", dtype),
        CallingConvention=types.SimpleNamespace(cutile_python_v1=lambda: "v1"),
        KernelSignature=lambda promised, convention, name: (promised, convention, name),
        export_kernel=lambda kernel, signatures, out, **rest: out.write(
            repr((kernel.__name__, signatures, rest)).encode()
        ),
    )
    tile.__dict__.update(
        bfloat16="bfloat16", float32="float32", int32="int32", compilation=compilation,
        kernel=lambda function: function,
    )  # fmt: skip
    package = types.ModuleType("cuda")
    package.__dict__["tile"] = tile
    monkeypatch.setitem(sys.modules, "cuda", package)
    monkeypatch.setitem(sys.modules, "cuda.tile", tile)
    monkeypatch.setattr(tiles, "ct", None)
    heard = []
    with notices.when_compiling(lambda: heard.append(1)):
        code = cubins.compiled(VARIANT, "sm_90").decode()
    assert heard == [1]
    assert tiles.ct is tile
    assert code.startswith("('convolve', [([('array', 'bfloat16', 5,")
    assert code.count("'array'") == 3
    assert code.count("'scalar', 'int32'") == 6
    assert [code.count(f"('constant', {n})") for n in (1, 4, 32, 64)] == [1, 1, 1, 2]
    assert "'gpu_code': 'sm_90'" in code


@pytest.mark.parametrize("kernel", cubins.KERNELS)
def test_every_kernel_says_what_its_parameters_are(kernel):
    names = cubins.parameters(kernel)
    constants = [name for name in names if name.isupper()]
    assert constants == ["TN", "TH", "TW", "BN", "BK"]
    assert names[-5:] == constants
    arrays = [name for name in names if name in cubins.ARRAYS]
    assert names[: len(arrays)] == arrays


def test_the_list_of_kernels_is_whole():
    public = [name for name in vars(tiles) if callable(getattr(tiles, name)) and name[0] != "_"]
    assert {*public} - {"Any"} == {*cubins.KERNELS}
    assert Path(tiles.__file__).name == "tiles.py"


# --- the model refuses what no GPU promises ---------------------------------------------------


def tile_array(*shape):
    return tile_model.Array(np.zeros(shape, np.uint16), "bfloat16")


def test_the_model_refuses_tiles_outside_an_array():
    view = tile_array(4, 5).tiled_view((2, 4), padding_mode="zero", traversal_steps=(1, 4))
    assert view.load((3, 1)).numbers.shape == (2, 4)
    for index in ((4, 0), (0, 2), (-1, 0)):
        with pytest.raises(AssertionError, match="a tile at"):
            view.load(index)


def test_the_model_refuses_odd_tiles_and_wrong_types():
    with pytest.raises(AssertionError):
        tile_model.load(tile_array(4, 5), (0, 0), (3, 4), padding_mode="zero")
    wide = tile_model.zeros((2, 2), "float32")
    with pytest.raises(AssertionError):
        tile_model.mma(wide, wide, wide)


def test_the_model_refuses_two_blocks_that_write_one_element():
    array = tile_model.Array(np.zeros((4, 4), np.float32), "float32")
    tile_model.store(array, (0, 0), tile_model.zeros((2, 4), "float32"))
    tile_model.store(array, (1, 0), tile_model.zeros((2, 4), "float32"))
    with pytest.raises(AssertionError, match="two blocks"):
        tile_model.store(array, (0, 0), tile_model.zeros((4, 4), "float32"))
