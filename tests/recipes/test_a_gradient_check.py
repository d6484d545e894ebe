from __future__ import annotations

import pytest

from chainrule.recipes.a_gradient_check import NAMES, REPORTED, check, table


@pytest.fixture(scope="module")
def checks():
    return check()


def test_initial_losses_are_the_reported_ones(checks):
    assert [round(c.value, 4) for c in checks.values()] == [2.3005, 7.0521]
    # The course exercise that the report follows prints all digits.
    assert [c.value for c in checks.values()] == pytest.approx(
        [2.3004790897684924, 7.052114776533016], rel=1e-14
    )


def test_every_array_passes_whole(checks):
    for result in checks.values():
        assert result.ok
        assert [row.checked for row in result.rows] == [300, 20, 600, 30, 300, 10, 30]


def test_errors_are_of_the_reported_size(checks):
    """Which digits rounding leaves depends on the order of the sums, so: within ten times."""
    for reg, result in checks.items():
        errors = {row.path: row.error for row in result.rows}
        for path, reported in zip(NAMES, REPORTED[reg][1], strict=True):
            assert errors[path] < 10 * reported


def test_the_table_has_a_row_for_each(checks):
    lines = table(checks).splitlines()
    assert lines[1].split() == ["initial", "loss", "2.3005", "2.3005", "7.0521", "7.0521"]
    assert [line.split()[0] for line in lines[2:]] == list(NAMES.values())
