from __future__ import annotations

from dataclasses import dataclass

import pytest

from chainrule.penalties import L1, L2, Penalty

from ..cases import accused, found, mlp


@dataclass(frozen=True)
class Rewarding(L2):
    def __call__(self, parameters):
        return -super().__call__(parameters)


@dataclass(frozen=True)
class Doubled(Penalty):
    """½ reg Σ W² whose gradient forgets the ½."""

    reg: float

    def __call__(self, parameters):
        L2(self.reg)(parameters)
        return L2(self.reg)(parameters)


@dataclass(frozen=True)
class Blind(Penalty):
    def __call__(self, parameters):
        return 0.0


def test_a_penalty_that_lowers_the_loss():
    check = found("regularization", mlp(), penalty=Rewarding(1e-3))
    assert accused(check) and check.number < 0


def test_a_penalty_that_does_nothing():
    assert accused(found("regularization", mlp(), penalty=Blind()))


def test_a_penalty_with_a_wrong_gradient():
    check = found("regularization", mlp(), penalty=Doubled(1e-3))
    assert accused(check) and "not its derivative" in check.cause


def test_a_penalty_that_outweighs_the_loss():
    check = found("regularization", mlp(), penalty=L2(3.0))
    assert check.verdict == "warning" and "outweighs" in check.cause


@pytest.mark.parametrize("penalty", [L2(1e-4), L1(1e-4)])
def test_penalties_of_the_library(penalty):
    check = found("regularization", mlp(), penalty=penalty)
    assert check.verdict == "ok" and check.number > 0


def test_without_a_penalty_there_is_nothing_to_say():
    assert found("regularization", mlp()).verdict == "skipped"
