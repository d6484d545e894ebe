"""Memory is used again as soon as nobody can see it, and never before."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from chainrule import kernels

pytest.importorskip("numba")

from chainrule.kernels.cpu import workspace

SHAPE = (1024, 1024)


@pytest.fixture
def pool() -> workspace.Workspace:
    return workspace.Workspace()


def address(x: np.ndarray) -> int:
    return x.__array_interface__["data"][0]


def test_a_block_is_used_again_once_the_last_view_is_gone(pool):
    first = pool.empty(SHAPE)
    place = address(first)
    view = first.reshape(-1)[5:].astype(np.float32, copy=False)
    del first
    other = pool.empty(SHAPE)
    assert address(other) != place  # the view still sees it
    del view
    gc.collect()
    assert address(pool.empty(SHAPE)) == place


def test_two_in_use_never_overlap(pool):
    arrays = [pool.empty(SHAPE) for _ in range(5)]
    for i, array in enumerate(arrays):
        array[:] = i
    for i, array in enumerate(arrays):
        assert (array == i).all()


def test_the_pool_holds_no_more_than_was_in_use(pool):
    for rows in range(1024, 4096, 512):  # ever larger: no block fits the next one
        array = pool.empty((rows, 1024))
        del array
    assert sum(block.size for block in pool.blocks) <= workspace.SLACK * pool.most
    assert pool.most == 3584 * 1024 * 4


def test_shapes_and_dtypes(pool):
    for dtype in (np.float32, np.float64, np.uint8):
        array = pool.empty((3, 700, 900), dtype)
        assert array.shape == (3, 700, 900)
        assert array.dtype == dtype
        assert array.flags.c_contiguous
        assert array.flags.writeable
    assert pool.empty((0, 5)).size == 0


def test_small_arrays_and_a_pool_that_is_off_are_fresh(pool):
    pool.empty((10,))
    assert pool.blocks == []
    pool.on = False
    pool.empty(SHAPE)
    assert pool.blocks == []


def test_off_in_one_line():
    array = workspace.empty(SHAPE)
    del array
    kernels.reuse_buffers(False)
    try:
        assert workspace.empty(SHAPE).base is None
        held = len(workspace.shared.blocks)
        workspace.empty(SHAPE)
        assert len(workspace.shared.blocks) == held
    finally:
        kernels.reuse_buffers(True)
