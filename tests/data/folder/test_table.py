from __future__ import annotations

import os
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.folder.listing import Listing
from chainrule.data.folder.table import read_table
from chainrule.errors import InputError

from ..image_files import make_images


@pytest.fixture
def write(tmp_path: Path):
    make_images(tmp_path, {"p": 4})

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
        ("", "line 1: expected a header with the columns 'path' and 'label' .* received nothing"),
        ("path,kind\np/0.png,a\n", r"received 'path', 'kind'$"),
        ("path,label,split\np/0.png,a,tset\n", r"line 2: expected train, test or val.*'tset'"),
        (b"path,label\n\xff\xfe,a\n", "line 2: expected text in UTF-8, received .* 0xff"),
        ("path,label\n", "no images"),
        ("path,label\n/etc/passwd,a\n", "no row can be used; the first: line 2: it lies outside"),
        ('path,label\n"' + "x" * 200_000 + '",a\n', "line 2: expected a line of at most"),
        ("path,label\n" + "p/0.png," + "x" * 256 + "\n", "line 2: expected a label of at most 255"),
        ("path,label\np/0.png,a\0b\n", "line 2: expected text, received a null character"),
        ("path,label\np/0.png,big, red\n", "line 2: expected 2 columns, .* received 3, .*'red'"),
        ("path,label,label\np/0.png,a,b\n", "different names, received 'label' twice"),
        ("Datei;Klasse\np/0.png;a\n", "received 'Datei', 'Klasse'"),
        ("p/0.png,a\np/1.png,b\n", "put a line such as path,label above the first row"),
        ("sep=:\npath:label\np/0.png:a\n", "line 1: expected sep= with a comma"),
        ("path,label\np/0.png,a\n".encode("utf-16-le"), "line 1: .*received a null character"),
        (b"\xff\xfe" + "path,label\n".encode("utf-16-le")[:-1], "not text"),
        (b"PK\x03\x04\x14\0\x06\0", r"received a ZIP archive, such as an \.xlsx spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", r"\.xls spreadsheet"),
        (b"<!DOCTYPE html><html>", "received a web page"),
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
    assert "--set images.root=DIR" in reasons["/etc/x.png"]
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
            assert "\n" not in str(error)


def test_a_table_of_nothing_but_its_head(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path,label\n")
    with pytest.raises(InputError, match=r"t\.csv names no images"):
        read_table(tmp_path / "t.csv")


FORTY = [f"p/{name}/{i:03}.png,{label}" for name, label in [("a", "big a"), ("b", "dog")]
         for i in range(20)]  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        'p/a/005.png,"big a',
        '"p/a/005.png,big a',
        'p/a/005.png,big a"',
        'p/a/005.png,big "a',
        'p/a/0"05.png,big a',
        'p/a/005.png","big a',
        '"p/a/005.png",big" a',
        'p/a/005.png,"big" a',
        'p/a/005.png,""big a',
        'p/a/005.png,"""big a',
        'p/a/005.png,  "big a',
        'p/a/005.png,"',
    ],
)
@pytest.mark.parametrize(
    "later", ["", '"p/b/003.png",dog', 'p/b/003.png,"dog"', 'p/b/003.png,dog"']
)
def test_a_stray_quote_swallows_no_line(write, broken: str, later: str) -> None:
    """The line where it opens is named, however the next quote mark closes it."""
    rows = [*FORTY[:5], broken, *FORTY[6:23], later or FORTY[23], *FORTY[24:]]
    with pytest.raises(InputError, match=r"labels\.csv, line 7: expected .* stray quote"):
        read_table(write("\n".join(["path,label", *rows]) + "\n"))


@pytest.mark.parametrize("later", ['""', '"fine"', '"a, b"', 'fine"', ""])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_stray_quote_in_a_column_that_nobody_needs(write, later: str, end: str) -> None:
    rows = [f"{row},{i}" for i, row in enumerate(FORTY)]
    rows[4] = f'{FORTY[4]},"note'
    rows[30] = f"{FORTY[30]},{later}"
    with pytest.raises(InputError, match=r"line 6: expected .* a quote that opens here"):
        read_table(write(end.join(["path,label,note", *rows])))


def test_quote_marks_that_belong_there(write) -> None:
    text = (
        '"path" , "label","a note"\n"p/0.png" ,"12"" vinyl",he said "hi"\n'
        'p/1.png, "big, red" ,"two\nlines, with ""quotes"""\np/2.png,"",x\n"p/3.png",cat,""\n'
    )
    listing = read_table(write(text))
    assert said(listing) == [
        ("p/0.png", '12" vinyl', "train"),
        ("p/1.png", "big, red", "train"),
        ("p/3.png", "cat", "train"),
    ]
    assert [reason for _, reason in listing.skipped] == ["line 5 has no label"]


@pytest.mark.parametrize("row", ['p/1.png,"a\nb",x', '"p/\n1.png",a,x'])
def test_a_path_or_label_has_one_line(write, row: str) -> None:
    with pytest.raises(InputError, match=r"line 3: .* a quote that opens here"):
        read_table(write(f"path,label,note\np/0.png,a,\n{row}\n"))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("sep", ["", "sep={}", '"SEP={}"', "\n\nsep={}\n"])
def test_delimiters_marks_and_line_ends(write, mark, end, delimiter, sep) -> None:
    rows = ["", delimiter.join(["path", "label"]), "", delimiter.join(["p/0.png", "big a"]), ""]
    text = mark + end.join([sep.format(delimiter).replace("\n", end), *rows])
    assert said(read_table(write(text))) == [("p/0.png", "big a", "train")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_what_excel_calls_unicode_text(write, encoding: str) -> None:
    text = "path\tlabel\r\np/0.png\tGrün\r\n"
    assert said(read_table(write(text.encode(encoding)))) == [("p/0.png", "Grün", "train")]


def test_the_delimiter_is_the_one_that_the_header_needs(write) -> None:
    text = '"notes, long, of all";path;label\n"a;b";p/0.png;x\n'
    assert said(read_table(write(text))) == [("p/0.png", "x", "train")]


@pytest.mark.parametrize(
    "head", ["PATH,LABEL", " Path , Label ", '"File Name",Class', "file-name,CATEGORY"]
)
def test_headers_are_known_in_any_case(write, head: str) -> None:
    assert said(read_table(write(f"{head}\np/0.png,x\n"))) == [("p/0.png", "x", "train")]


def test_one_hot_columns(write) -> None:
    text = (
        ",image_id,cat,big dog,split\n0,p/0.png,1,0,train\n1,p/1.png,0.0,1.0,test\n"
        "2,p/2.png,False,TRUE,val\n"
    )
    assert said(read_table(write(text))) == [
        ("p/0.png", "cat", "train"),
        ("p/2.png", "big dog", "validation"),
        ("p/1.png", "big dog", "test"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("p/1.png,0,0", "expected a 1 in one of 2 class columns, received none"),
        ("p/1.png,1,1", "received 'cat' and 'dog'"),
        ("p/1.png,1,2", "expected 0 or 1 in the column 'dog', received '2'"),
        ("p/1.png,0.3,0.7", "expected 0 or 1 in the column 'cat', received '0.3'"),
        ("p/1.png,1", "expected 0 or 1 in the column 'dog', received ''"),
    ],
)
def test_one_hot_columns_that_name_no_class(write, row: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"labels\.csv, line 3: .*{message}"):
        read_table(write(f"path,cat,dog\np/0.png,1,0\n{row}\n"))


def test_columns_of_something_else_are_not_one_hot(write) -> None:
    with pytest.raises(InputError, match=r"line 1: .*received 'path', 'width', 'height'"):
        read_table(write("path,width,height\np/0.png,640,480\n"))


def test_numbers_keep_their_zeros(write) -> None:
    text = "path,label\np/0.png,007\np/1.png,10\np/2.png,2\np/3.png,1.0\n"
    assert set(read_table(write(text)).classes) == {"007", "10", "2", "1.0"}


def test_paths_of_windows(write) -> None:
    text = "path,label\np\\0.png,a\n.\\p\\1.png,a\nC:\\p\\2.png,a\n\\\\host\\p\\3.png,a\n"
    listing = read_table(write(text))
    assert [e.name for e in listing.entries] == ["p/0.png", "p/1.png"]
    if os.sep == "/":
        assert ["another machine" in reason for _, reason in listing.skipped] == [True, True]


def test_absolute_paths_below_the_folder(write, tmp_path: Path) -> None:
    assert said(read_table(write(f"path,label\n{tmp_path}/p/0.png,a\n")))[0][0] == "p/0.png"


@pytest.mark.parametrize(("on_disk", "in_table"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_names_are_found_however_they_are_composed(
    write, tmp_path: Path, on_disk, in_table
) -> None:
    folder = tmp_path / normalize(on_disk, "été")
    folder.mkdir()
    (tmp_path / "p" / "0.png").rename(folder / normalize(on_disk, "ö.png"))
    rows = [
        f"{normalize(form, 'été/ö.png')},{normalize(form, 'grün')}\n" for form in ("NFC", "NFD")
    ]
    listing = read_table(write("path,label\n" + "".join(rows[in_table == "NFD"])))
    assert [entry.size > 0 for entry in listing.entries] == [True]
    assert listing.classes == (normalize("NFC", "grün"),)
    both = read_table(write("path,label\n" + "".join(rows)))  # it is one image
    assert len(both) == 1
    assert both.notes == ("1 row repeated another row",)


def test_tables_that_were_put_one_behind_the_other(write) -> None:
    listing = read_table(write("path,label\np/0.png,a\n\ufeffpath,label\np/1.png,b\n"))
    assert [e.name for e in listing.entries] == ["p/0.png", "p/1.png"]
    assert listing.skipped[0].reason == "line 3 repeats the header"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_a_table_that_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    for name, kind in ("pipe", "a pipe"), ("zero", "a device"):
        with pytest.raises(
            InputError, match=rf"{name}\.csv: expected a regular file, received {kind}"
        ):
            read_table(tmp_path / f"{name}.csv")


def test_errors_are_short(write) -> None:
    for text in ("path," + "x" * 90_000, "path,label\np/0.png," + "x" * 90_000, '"' + "x" * 90_000):
        with pytest.raises(InputError) as caught:
            read_table(write(text))
        assert len(str(caught.value)) < 600
