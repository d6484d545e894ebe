from pathlib import Path

import pytest

from chainrule.data.places import candidates, home, locate
from chainrule.errors import InputError


def test_new_files_go_to_the_first_place_named(no_data, tmp_path, monkeypatch):
    assert home() == no_data
    monkeypatch.setenv("CHAINRULE_DATA", "~/data")
    assert home() == tmp_path / "data"
    assert home(tmp_path / "given") == tmp_path / "given"
    monkeypatch.setenv("CHAINRULE_DATA", "")
    assert home() == no_data


def test_the_order_of_looking(no_data, toy, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "env"))
    source = toy.at(system=(str(tmp_path / "system"),))
    given = tmp_path / "given"
    given.mkdir()

    places = [given / "toy", given, tmp_path / "env/toy", no_data / "toy", tmp_path / "system"]
    assert list(candidates(source, given)) == places

    for place in reversed(places):
        toy.put(place, packed=True)
        assert locate(source, given) == place


def test_nothing_anywhere(no_data, toy, tmp_path):
    assert locate(toy.at()) is None
    assert locate(toy.at(), tmp_path) is None


def test_a_part_counts_in_a_place_that_somebody_named_and_not_in_the_cache(no_data, toy, tmp_path):
    source = toy.at(system=(str(tmp_path / "system"),))
    toy.put(tmp_path / "system")
    toy.put(no_data / "toy")
    toy.put(tmp_path / "given/toy")
    (no_data / "toy/small-idx").unlink()
    (tmp_path / "given/toy/small-idx").unlink()

    assert locate(source) == tmp_path / "system"
    assert locate(source, tmp_path / "given") == tmp_path / "given/toy"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "is not a folder; `chainrule data fetch toy --data-dir .*` makes it"),
        ("~nobody-of-this-name/x", "is not a folder; `chainrule"),
        ("file", "is a file, not a folder"),
    ],
)
def test_a_data_directory_that_is_none(no_data, toy, tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    with pytest.raises(InputError, match=message):
        locate(toy.at(), name)


def test_a_path_that_cannot_be(no_data):
    with pytest.raises(InputError, match=r"null character in it, got 'x.x00'"):
        home("x\0")
