from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import Dataset
from chainrule.data.audit import LEVELS, audit
from chainrule.errors import InputError

from .conftest import by_name


def test_there_is_nothing_to_find(photos) -> None:
    calls: list[tuple[int, int]] = []
    result = audit(photos, progress=lambda done, total: calls.append((done, total)))
    assert result.findings == ()
    assert result.passed
    assert calls[-1] == (48, 48)
    assert result.subject.classes == ("cat", "dog")


def test_the_worst_comes_first(photos) -> None:
    (photos / "train" / "cat" / "bad.png").touch()
    (photos / "train" / "cat" / "notes.txt").touch()
    (photos / "test" / "dog" / "cat.png").write_bytes(
        (photos / "test" / "dog" / "test0.png").read_bytes()
    )
    result = audit(photos)
    levels = [LEVELS.index(finding.level) for finding in result.findings]
    assert levels == sorted(levels)
    assert set(levels) == {0, 1, 2}
    assert not result.passed


def test_data_sets_are_audited_by_their_pixels() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 20, 20, 1), np.uint8)
    labels = np.arange(40) % 2
    train = Dataset(images, labels, ("a", "b"), "train")
    test = Dataset(images[[3, 3]], labels[[3, 3]], ("a", "b"), "test")
    found = by_name(audit([train, test]))
    assert found["exact-duplicates-across"].groups == ((3, 40, 41),)
    assert found["only-in-train"].names == ("a",)


def test_what_is_no_data_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="received none"):
        audit([])
    with pytest.raises(InputError, match="there is no folder or file"):
        audit(tmp_path / "nowhere")
