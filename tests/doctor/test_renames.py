from __future__ import annotations

import pytest

from chainrule.doctor import CHECKS, examine
from chainrule.doctor.checks import RENAMED
from chainrule.errors import ChainruleWarning

from .cases import TRAIN, mlp


@pytest.mark.parametrize("old", RENAMED)
def test_a_check_is_found_by_its_old_name(old: str) -> None:
    assert RENAMED[old] in CHECKS
    assert old not in CHECKS
    with pytest.warns(ChainruleWarning, match=f"^only: {old} is now {RENAMED[old]}; "):
        examination = examine(mlp(), TRAIN, only=[old])
    assert [check.name for check in examination.checks] == [RENAMED[old]]
