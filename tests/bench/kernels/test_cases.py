from __future__ import annotations

import pytest

from chainrule.bench.kernels import ours
from chainrule.bench.kernels.cases import CASES, Case, chosen
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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_runs(case):
    assert ours.run(case, 2)() is not NotImplemented


@pytest.mark.parametrize("case", [c for c in CASES if not c.algorithm], ids=lambda c: c.name)
def test_pytorch_runs_every_case(case):
    pytest.importorskip("torch")
    from chainrule.bench.kernels import pytorch

    for channels_last in (False, True):
        assert pytorch.run(case, 2, channels_last=channels_last)() is not NotImplemented
