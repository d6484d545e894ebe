from __future__ import annotations

from chainrule.circuit import inputs, maximum


def test_table_before_backward():
    x, y = inputs(x=-2, y=0.5)
    text = str((maximum(x, 0) - 2 * y).named("f").circuit())
    assert text == (
        "name  gate       value  gradient  sends back: local × upstream\n"
        "x                   -2         -\n"
        "0                    0         -\n"
        "y                  0.5         -\n"
        "g1    max(x, 0)      0         -\n"
        "g2    2 × y          1         -\n"
        "f     g1 - g2       -1         -"
    )


def test_table_shows_local_times_upstream():
    x, y = inputs(x=-2, y=0.5)
    f = x / y
    f.backward()
    assert str(f.circuit()).splitlines()[3:] == [
        "g1    x / y     -4         1  x: 2 × 1 = 2",
        "                              y: 8 × 1 = 8",
    ]


def test_table_says_when_its_values_are_old():
    x, y = inputs(x=-2, y=0.5)
    f = x / y
    x.value = 3
    assert f.circuit().stale
    assert str(f.circuit()).endswith(
        "(an input was set since: forward() brings the values up to date)"
    )
    f.forward()
    assert not f.circuit().stale
    assert "forward()" not in str(f.circuit())
    y.value = 0
    assert f.circuit().stale, "also where there is no value any more"
