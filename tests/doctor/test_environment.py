"""What a person is told of the machine, and of the threads and why they are so many."""

from __future__ import annotations

import pytest

from chainrule import machine
from chainrule.doctor import environment


def test_threads_are_told_with_their_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in sum(machine.THREAD_SETTINGS.values(), ()):
        monkeypatch.delenv(name, raising=False)
    said = dict(environment())["threads"]
    assert "for compiled loops (one a usable core)" in said
    assert "(one a usable core)" in said.split("products by ")[1]
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    said = dict(environment())["threads"]
    assert "loops (one a usable core)" in said and said.endswith("(OMP_NUM_THREADS=1)")


def test_every_row_says_something() -> None:
    rows = dict(environment())
    assert list(rows) == ["machine", "memory", "kernels", "precision", "threads", "versions"]
    assert all(rows.values()) and "numpy" in rows["versions"]
