from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from chainrule.bench import compare, devices
from chainrule.bench.frameworks import FRAMEWORKS, OURS
from chainrule.bench.frameworks.ours import Ours
from chainrule.bench.nets import NETS
from chainrule.bench.options import BenchOptions
from chainrule.errors import InputError


@pytest.fixture
def card(monkeypatch):
    """A GPU for everyone who only asks for its name."""

    def named(name):
        if name != "gpu":
            raise InputError(f"device: expected gpu, received {name}")
        return SimpleNamespace(described="gpu (a card)")

    monkeypatch.setattr(devices, "named", named)


def test_every_mode_runs_on_a_cpu():
    for mode in ("nets", "layers", "kernels", "latency"):
        devices.check("cpu", mode, cold=True)


def test_whole_steps_run_on_a_gpu(card):
    devices.check("gpu", "nets")
    assert devices.described("gpu") == "gpu (a card)"


@pytest.mark.parametrize("mode", ["layers", "kernels", "growth", "denormals", "latency"])
def test_other_modes_are_refused_there(card, mode):
    with pytest.raises(InputError, match=f"--{mode}: expected --device cpu, received gpu"):
        devices.check("gpu", mode)
    with pytest.raises(InputError, match="--cold: expected --device cpu"):
        devices.check("gpu", "nets", cold=True)


def test_an_unknown_device_is_refused_before_anything_else(card):
    with pytest.raises(InputError, match="received tpu"):
        devices.check("tpu", "layers")


def test_the_record_and_the_table_say_where_the_arrays_were(monkeypatch):
    options = BenchOptions([NETS["mlp"]], [FRAMEWORKS[OURS]], batch_size=4, steps=1, device="gpu")
    ours = {"import_s": 0.1, "build_s": 0.1, "first_step_s": 1.0, "memory_mib": 2.0,
            "memory_less_import_mib": 1.0}  # fmt: skip
    record = {
        "title": "a net", "batch_size": 4, "threads": 1, "device": "gpu", "precision": "bfloat16",
        "products": compare.ON_GPU, "rows": {OURS: ours}, "absent": {}, "ratios": {},
    }  # fmt: skip
    assert options.setups(NETS["mlp"])[OURS].factory.keywords["device"] == "gpu"
    text = compare.table(record)
    assert "batch 4, 1 threads, arrays on gpu; products of chainrule in bfloat16" in text
    assert "the CPU's memory of the steps" in text


def test_our_step_moves_to_the_device_and_waits_for_it(monkeypatch):
    """With a device that is the CPU, and a CuPy that counts how often it is waited for."""
    waits, moved = [], []
    cupy = ModuleType("cupy")
    device = SimpleNamespace(
        synchronize=lambda: waits.append(1), put=lambda a: moved.append(a) or a
    )
    cupy.__dict__["cuda"] = SimpleNamespace(Device=lambda: device)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    kind = type(NETS["mlp"].model())
    monkeypatch.setattr(kind, "to", lambda self, name: moved.append(name), raising=False)
    monkeypatch.setattr(kind, "device", device, raising=False)
    program = Ours(NETS["mlp"], 4, device="gpu")
    assert moved[0] == "gpu" and len(moved) == 3
    assert program.step() > 0
    program.predict()
    assert len(waits) == 2
