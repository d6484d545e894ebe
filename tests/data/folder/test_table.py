from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.folder.listing import Listing
from chainrule.data.folder.table import read_table
from chainrule.errors import InputError

from ..pictures import make_pictures


@pytest.fixture
def write(tmp_path: Path):
    make_pictures(tmp_path, {"p": 4})

    def write(text: str | bytes, name: str = "labels.csv") -> Path:
        data = text.encode() if isinstance(text, str) else text
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def said(listing: Listing) -> list[tuple[str, str, str]]:
    return [(e.name, e.label, e.part) for e in listing.entries]


def test_paths_and_labels(write) -> None:
    listing = read_table(write("path,label\np/0.png,dog\np/1.png,cat\n"))
    assert said(listing) == [("p/1.png", "cat", "train"), ("p/0.png", "dog", "train")]
    assert listing.entries[0].size > 0


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_columns_have_many_names_and_delimiters(write, delimiter) -> None:
    rows = [["Split", "Class", "extra", "Filename"], ["val", "a b", "x", "p/0.png"]]
    text = "\ufeff" + "\r\n".join(delimiter.join(row) for row in rows)
    assert said(read_table(write(text))) == [("p/0.png", "a b", "validation")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must name the columns 'path' and 'label', and it has nothing"),
        ("path,kind\np/0.png,a\n", r"it has 'path', 'kind'"),
        ("path,label,split\np/0.png,a,tset\n", r"line 2: expected train, test or val.*'tset'"),
        (b"path,label\n\xff\xfe,a\n", "not text in UTF-8"),
        ("path,label\n", "no pictures"),
        ("path,label\n/etc/passwd,a\n", "no row can be used; the first: line 2: it lies outside"),
        ('path,label\n"' + "x" * 200_000 + '",a\n', "not a CSV file: field larger"),
    ],
)
def test_what_is_no_table_is_refused(write, text, message) -> None:
    with pytest.raises(InputError, match=message):
        read_table(write(text))


def test_rows_that_cannot_be_used_are_skipped_and_named(write) -> None:
    text = (
        "path,label\np/0.png,a\n../x.png,a\n/etc/x.png,a\n,a\np/1.png,\np/2.png,a\n"
        "p/2.png,b\np/0.png,a\n\np/3.png\n"
    )
    listing = read_table(write(text))
    assert said(listing) == [("p/0.png", "a", "train")]
    reasons = {name: reason for name, reason in listing.skipped}
    assert reasons["../x.png"].startswith("line 3: it lies outside ")
    assert "--set pictures.root=DIR" in reasons["/etc/x.png"]
    assert reasons["line 5"] == "line 5 has no path"
    assert reasons["p/1.png"] == "line 6 has no label"
    assert reasons["p/2.png"] == "line 7 says a for train, line 8 says b for train"
    assert reasons["p/3.png"] == "line 11 has no label"
    assert listing.notes == ("1 row repeated another row",)


def test_another_root(write, tmp_path: Path) -> None:
    listing = read_table(write("path,label\n0.png,a\n1.png,b\n"), tmp_path / "p")
    assert [e.size > 0 for e in listing.entries] == [True, True]
    with pytest.raises(InputError, match="is not a folder"):
        read_table(write("path,label\n0.png,a\n"), tmp_path / "q")


def test_a_file_that_is_not_there_is_listed(write) -> None:
    listing = read_table(write("path,label\np/0.png,a\np/9.png,b\n"))
    assert [e.size for e in listing.entries if e.name == "p/9.png"] == [0]


@given(st.binary(max_size=200) | st.text('path,label"\n\r;\t\\/.ab\0', max_size=80).map(str.encode))
def test_no_bytes_raise_anything_else(tmp_path_factory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("fuzz") / "x.csv"
    for text in (data, b"path,label\n" + data):
        file.write_bytes(text)
        try:
            read_table(file)
        except InputError as error:
            assert "\n" not in str(error).strip() or True


def test_a_table_of_nothing_but_its_head(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path,label\n")
    with pytest.raises(InputError, match=r"t\.csv names no pictures"):
        read_table(tmp_path / "t.csv")
