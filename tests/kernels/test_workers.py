"""Each piece is done once, in any number of threads; what goes wrong in one is heard of."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("numba")

from chainrule.kernels.cpu import blas, workers


def test_each_piece_is_done_once():
    for pieces in (0, 1, 2, 1000):
        done = []
        workers.share(done.append, pieces)
        assert sorted(done) == list(range(pieces))


def test_threads_share_the_pieces():
    if workers.threads() < 2:
        pytest.skip("one thread")
    seen, two = set(), threading.Barrier(2)

    def work(piece):
        seen.add(threading.get_ident())
        if piece < 2:  # whoever has the first one waits until somebody else has the second
            two.wait(120)

    workers.share(work, 20)
    assert 2 <= len(seen) <= workers.threads()


def test_an_exception_is_raised_when_all_have_stopped():
    def work(piece):
        if piece % 2:
            raise ValueError(f"piece {piece}")

    with pytest.raises(ValueError, match="piece"):
        workers.share(work, 10)
    done = []
    workers.share(done.append, 3)
    assert len(done) == 3


def test_work_inside_work_is_not_shared_again():
    done = []
    workers.share(lambda outer: workers.share(done.append, 3), 4)
    assert sorted(done) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]


def test_products_run_on_one_thread_inside_and_as_before_outside():
    def counts():
        return [library.num_threads for library in blas._libraries()]

    before = counts()
    with blas.one_thread():
        with blas.one_thread():
            assert set(counts()) <= {1}
        assert set(counts()) <= {1}
    assert counts() == before


@pytest.mark.parametrize("form", [blas._own, blas._threadpoolctl])
def test_both_forms_of_the_switch_set_the_same(form):
    for library in blas._libraries():
        switch, before = form(library), library.num_threads
        if switch is not None:
            switch.use(1)
            try:
                assert switch.threads() == library.num_threads == 1
            finally:
                switch.use(before)
            assert library.num_threads == before


def test_any_thread_may_ask_for_one_thread_products():
    def inside():
        with blas.one_thread():
            return [library.num_threads for library in blas._libraries()]

    with blas.one_thread():
        pass
    with ThreadPoolExecutor(1) as pool:
        assert set(pool.submit(inside).result()) <= {1}
