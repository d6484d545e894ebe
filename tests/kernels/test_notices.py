"""Who is told that kernels are compiled, and until when; measures that begin after it."""

from __future__ import annotations

from chainrule.kernels.notices import compiling, preparing, settled, when_compiling


def test_a_listener_hears_it_once():
    heard = []
    with when_compiling(lambda: heard.append(1)):
        compiling()
        compiling()
    assert heard == [1]


def test_nothing_is_heard_after_the_block():
    heard = []
    for _ in range(3):
        with when_compiling(lambda: heard.append(1)):
            pass
    compiling()
    assert heard == []


def test_every_listener_hears_it():
    heard = []
    with when_compiling(lambda: heard.append("outer")), when_compiling(lambda: heard.append("in")):
        compiling()
    assert sorted(heard) == ["in", "outer"]


def test_a_call_that_prepares_kernels_is_made_again_until_none_does():
    calls = []

    def call() -> int:
        calls.append(len(calls))
        if len(calls) < 3:
            preparing()
        return calls[-1]

    assert settled(call) == 2
    assert settled(call) == 3
