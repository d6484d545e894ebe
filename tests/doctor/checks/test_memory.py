from __future__ import annotations

from dataclasses import replace

from chainrule.doctor import CheckContext
from chainrule.doctor.checks import memory
from chainrule.doctor.context import fitted

from ..cases import TRAIN, accused, mlp

PATIENT = CheckContext(fitted(mlp(), TRAIN, 0), TRAIN)


def test_a_batch_that_no_machine_has_room_for():
    check = memory.check(replace(PATIENT, batch_size=10**12))
    assert accused(check) and check.number > 1
    assert "batch_size=" in check.fix


def test_a_batch_that_fits():
    assert memory.check(PATIENT).verdict == "ok"
