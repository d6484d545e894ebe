"""Every hand-written kernel becomes machine code, without a GPU: where the compilers are there."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from chainrule.kernels.gpu import cubins, launch, tiles
from chainrule.kernels.gpu.cubins import Variant

FILES = sorted(path.stem for path in launch.FOLDER.glob("*.cu"))


@pytest.mark.parametrize("arch", ["sm_90", "sm_100"])
@pytest.mark.parametrize("kernel", cubins.KERNELS)
def test_tile_kernels_become_cubins(kernel, arch, monkeypatch):
    pytest.importorskip("cuda.tile", reason="pip install 'cuda-tile[tileiras]'")
    if find_spec("nvidia") is None:
        pytest.skip("cuTile without its compiler: pip install 'cuda-tile[tileiras]'")
    monkeypatch.setattr(tiles, "ct", None)
    code = cubins.compiled(Variant(kernel, (1, 8, 16, 16, 16)), arch)
    assert code.startswith(b"\x7fELF")
    assert kernel.encode() in code


@pytest.mark.parametrize("file", FILES)
def test_kernels_of_cuda_become_cubins(file):
    pytest.importorskip("cupy")
    try:
        from cupy_backends.cuda.libs import nvrtc

        nvrtc.getVersion()
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"CuPy without CUDA's run-time compiler: {error}"[:99])
    program = nvrtc.createProgram(launch.source(file), f"{file}.cu", (), ())
    nvrtc.compileProgram(program, (*launch.OPTIONS, "-arch=sm_90"))
    code = nvrtc.getCUBIN(program)
    for name in launch.parameters(file):
        assert name.encode() in code


@pytest.mark.parametrize("file", FILES)
def test_every_kernel_is_launched_by_its_signature(file):
    types = {each for listed in launch.parameters(file).values() for each in listed}
    assert types <= {"*", *launch.SCALARS}
