"""Which checkpoints stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.training.retention import checkpoint_path, checkpoints, prune, to_keep

STEPS = [10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ({"last": 1}, {60}),
        ({"last": 2}, {50, 60}),
        ({"last": 99}, set(STEPS)),
        ({"last": 1, "best": 20}, {20, 60}),
        ({"last": 1, "best": 25}, {60}),
        ({"last": 1, "every": 20}, {20, 40, 60}),
        ({"last": 1, "every": 25}, {30, 50, 60}),
        ({"last": 1, "every": 1000}, {60}),
    ],
)
def test_the_rule(rule, kept):
    assert to_keep(STEPS, **rule) == kept


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=30),
    st.integers(1, 4),
    st.integers(0, 50),
)
def test_one_at_a_time_as_all_at_once(gaps, last, every):
    """What stays does not depend on how often one looks, but for the ones not seen by then."""
    there: list[int] = []
    step = 0
    for gap in gaps:
        step += gap
        there = sorted(to_keep([*there, step], last=last, every=every))
    steps = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    assert set(there) == to_keep(steps, last=last, every=every)
    assert set(steps[-last:]) <= set(there)


def test_only_checkpoints_are_removed(tmp_path):
    for step in STEPS:
        checkpoint_path(tmp_path, step).write_bytes(b"")
    others = ["notes.txt", "step-000000010.damaged", ".step-000000020.safetensors.abc.tmp"]
    for name in others:
        (tmp_path / name).write_bytes(b"")
    prune(tmp_path, last=2, best=30)
    assert list(checkpoints(tmp_path)) == [30, 50, 60]
    assert all((tmp_path / name).exists() for name in others)
    assert checkpoints(tmp_path / "none") == {}
