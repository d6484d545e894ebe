from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.data.folder.names import alike, class_name
from chainrule.data.folder.scan import scan
from chainrule.errors import InputError

from ..image_files import make_images

INVISIBLE = ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u200e", "\u180e"]


@pytest.mark.parametrize("letter", [*INVISIBLE, "\n", "\t", "\x1b", "\x9b", "\u2028"])
def test_letters_that_cannot_be_seen_are_written_out(letter: str) -> None:
    assert class_name(f"a{letter}b") == f"a\\u{ord(letter):04x}b"


@pytest.mark.parametrize("name", ["猫\u3000犬", "a\u00a0b", "نرم\u200cافزار", "👨\u200d👩", "café"])
def test_letters_of_ordinary_names_stay(name: str) -> None:
    assert class_name(name) == name


def test_the_same_name_on_every_system() -> None:
    assert class_name("cafe\u0301 ") == class_name("caf\u00e9") == "caf\u00e9"
    assert class_name("caf\udce9") == r"caf\xe9"
    assert class_name(" ") == "?"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        *((f"a{letter}b", "ab") for letter in INVISIBLE),
        ("a\u200cb", "ab"),
        ("a\u200bb", "a\u200eb"),
        ("a\u00a0b", "a b"),
        ("caf\u00e9", "cafe\u0301"),
        ("cat", "cat "),
        ("❤", "❤\ufe0f"),
    ],
)
def test_folders_that_look_the_same_are_refused_and_shown_apart(
    tmp_path: Path, one: str, two: str
) -> None:
    make_images(tmp_path, {one: 1, two: 1, "other": 1})
    with pytest.raises(InputError, match="letters that cannot be seen: rename one") as error:
        scan(tmp_path)
    first, second = str(error.value).split(" are called alike")[0].split(" and ")
    assert first.isascii() and second.isascii() and not first.endswith(second)


def test_one_class_may_be_spelled_otherwise_in_another_part(tmp_path: Path) -> None:
    make_images(tmp_path, {"train/caf\u00e9": 1, "train/bar": 1, "test/cafe\u0301": 1})
    listing = scan(tmp_path)
    assert listing.classes == ("bar", "caf\u00e9")
    assert listing.notes == (r"'cafe\u0301' and 'caf\xe9' are one class, in different parts",)


def test_names_that_say_the_same() -> None:
    names = ["Cat", "cat", "CAT", "1", "1.0", "01", "maine coon", "Maine_Coon", "C", "C++", "C#"]
    assert alike(names) == [
        ["Cat", "cat", "CAT"], ["1", "1.0", "01"], ["maine coon", "Maine_Coon"]
    ]  # fmt: skip


def test_classes_that_differ_in_capitals_stay_apart_and_are_named(tmp_path: Path) -> None:
    make_images(tmp_path, {"cat": 1, "Cat": 1})
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("the file system does not tell them apart")
    listing = scan(tmp_path)
    assert (listing.classes, listing.alike) == (("Cat", "cat"), ("'Cat' and 'cat'",))
