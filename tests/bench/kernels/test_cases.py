from __future__ import annotations

import math
from typing import Any

import pytest

from chainrule import kernels
from chainrule.bench.kernels import ours
from chainrule.bench.kernels.cases import CASES, UPDATES, Case, chosen
from chainrule.kernels.cpu import conv


def test_names_are_unique_and_can_be_chosen():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert [case.name for case in chosen("conv 3x3 3>64")] == ["conv 3x3 3>64 at 32x32"]
    assert chosen(None) == CASES
    assert chosen("no such") == []


def test_the_work_of_a_convolution_by_hand():
    case = Case("conv", 64, side=32, outputs=128, kernel=3, stride=2)
    assert case.work(128) == (2 * 128 * 16 * 16 * 9 * 64 * 128 / 1e9, "GFLOP/s")


def test_the_work_of_a_pass_over_memory_by_hand():
    assert Case("relu backward", 64, side=32).work(2) == (12 * 2 * 32 * 32 * 64 / 1e9, "GB/s")
    assert Case("adam", 784, outputs=256).work(128) == (28 * 784 * 256 / 1e9, "GB/s")


def test_algorithms_are_ours():
    assert {case.algorithm for case in CASES} - {""} <= set(conv.ALGORITHMS)


def numbers(result: Any) -> int:
    """How many numbers the largest array of a result has; 0 for an update in place."""
    parts = result if isinstance(result, (tuple, list)) else [result]
    return max(math.prod(getattr(part, "shape", (0,))) for part in parts)


class Spy:
    """The kernels of float32, and the names of those that were called."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def __getattr__(self, name: str) -> Any:
        kernel = getattr(kernels.fastest(), name)

        def called(*args: Any) -> Any:
            self.called.append(name)
            return kernel(*args)

        return called


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_timed_is_one_kernel_of_ours(case):
    spy = Spy()
    with kernels.use(spy):
        run = ours.run(case, 2)
        spy.called.clear()
        result = run()
    assert len(spy.called) == 1
    assert (numbers(result) == 0) == (case.operation in UPDATES)


@pytest.mark.parametrize("case", [c for c in CASES if not c.algorithm], ids=lambda c: c.name)
@pytest.mark.parametrize("channels_last", [False, True])
def test_pytorch_computes_as_many_numbers(case, channels_last):
    pytest.importorskip("torch")
    from chainrule.bench.kernels import pytorch

    theirs = pytorch.run(case, 2, channels_last=channels_last)()
    assert numbers(theirs) == numbers(ours.run(case, 2)())
