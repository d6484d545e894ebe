"""A back end is what lies in its folder: kernel modules by name, helpers left out."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule import kernels
from chainrule.kernels import reference
from chainrule.kernels.discovery import kernel_modules


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of a kernel module, an empty one, a helper and a nested package of kernels."""
    folder = tmp_path / "some_kernels"
    (folder / "nested").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "zebra.py").write_text("__all__ = ['stripe']\ndef stripe(x): return -x\n")
    (folder / "helper.py").write_text("def helped(x): return x\n")
    (folder / "ant.py").write_text("__all__ = []\n")
    (folder / "nested" / "__init__.py").write_text("__all__ = ['inner']\ndef inner(x): return x\n")
    (folder / "notes.txt").write_text("no module\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("some_kernels")
    for name in [name for name in sys.modules if name.partition(".")[0] == "some_kernels"]:
        del sys.modules[name]


def test_modules_with_a_list_of_names_hold_kernels_and_others_help(package):
    modules = kernel_modules(package.__name__, package.__path__)
    assert [m.__name__ for m in modules] == [
        "some_kernels.ant",
        "some_kernels.nested",
        "some_kernels.zebra",
    ]
    table = kernels.overlay(*modules)
    assert vars(table).keys() == {"inner", "stripe"}
    assert table.stripe(3) == -3


def test_a_file_in_the_folder_is_all_that_a_new_kernel_takes(package):
    path = Path(package.__path__[0]) / "mish.py"
    path.write_text("__all__ = ['mish']\ndef mish(x): return x\n")
    importlib.invalidate_caches()
    assert "mish" in vars(kernels.overlay(*kernel_modules(package.__name__, package.__path__)))


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_each_kernel_has_one_module_that_defines_it(backend):
    if backend == "cpu":
        pytest.importorskip("numba")
    package = importlib.import_module(f"chainrule.kernels.{backend}")
    names = [name for module in package.MODULES for name in module.__all__]
    assert len(names) == len(set(names)) > 50
    for module in package.MODULES:
        for name in module.__all__:
            assert getattr(module, name).__module__.startswith(package.__name__), name
    helpers = {path.stem for path in Path(package.__path__[0]).glob("*.py")} - {"__init__"}
    helpers -= {module.__name__.rpartition(".")[2] for module in package.MODULES}
    assert helpers >= ({"erfc", "windows"} if backend == "reference" else {"blas", "workers"})


def test_the_reference_imports_nothing_compiled():
    """``import chainrule.kernels`` finds the definitions, and leaves Numba for the first array."""
    program = (
        "import sys, chainrule.kernels as k; "
        "assert k.REFERENCE.matmul; "
        "assert 'numba' not in sys.modules and 'chainrule.kernels.cpu' not in sys.modules; "
        "print(*(m.__name__.rpartition('.')[2] for m in k.REFERENCE_MODULES))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [m.__name__.rpartition(".")[2] for m in reference.MODULES]
    assert run.stdout.split() == sorted(run.stdout.split())
