from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.folder.csv_columns import path_column
from chainrule.data.folder.csv_rows import LONGEST, read_rows, shown
from chainrule.errors import InputError

CELL = st.text('ab ",;|\té', max_size=6)


@given(
    st.lists(st.tuples(CELL, CELL), max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_other_programs_write_is_read_as_they_mean_it(
    tmp_path_factory, cells, delimiter, end, quoting
) -> None:
    rows = [["path", "label", "note"], *([f"{i}.png", *row] for i, row in enumerate(cells))]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    file = tmp_path_factory.mktemp("rows") / "t.csv"
    file.write_text(text.getvalue(), "utf-8", newline="")
    assert [row.cells for row in read_rows(file, path_column)] == rows


def test_lines_are_counted_through_blank_ones_and_long_fields(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('\n\npath,note\n\na.png,"x\ny"\nb.png,z\n')
    rows = list(read_rows(tmp_path / "t.csv", path_column))
    assert [row.line for row in rows] == [3, 5, 7]
    assert rows[1].faults == {1: "a quote that opens here and closes on line 6"}


def test_a_field_that_never_ends_is_given_up_early(tmp_path: Path) -> None:
    """Without reading the file to its end for each, or keeping it."""
    (tmp_path / "t.csv").write_text('path,note\na.png,"' + "x\n" * LONGEST)
    try:
        list(read_rows(tmp_path / "t.csv", path_column))
    except InputError as error:
        assert "line 2: expected quotes around whole fields, received a quote" in str(error)
        assert "never closes" in str(error)
    else:
        raise AssertionError("it was read")


def test_values_are_shown_short_and_on_one_line() -> None:
    assert shown(" a\nb ") == r"'a\nb'"
    assert len(shown("x" * 1000)) < 50
