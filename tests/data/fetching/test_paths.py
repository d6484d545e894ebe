from pathlib import Path

import pytest

from chainrule.data.fetching.paths import candidates, find, home, locate
from chainrule.data.fetching.source import KnownFile, Source
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


def test_any_form_of_the_data_will_do_and_the_nearer_place_counts_more(no_data, tmp_path):
    other = Source("toy", (KnownFile("c", 1, ""),), (), folders=("toy-py",))
    source = Source("toy", (KnownFile("a", 1, ""), KnownFile("b", 1, "")), (), forms=(other,))
    given = tmp_path / "given"
    for path in (given / "toy-py/c", given / "toy/a", no_data / "toy/a", no_data / "toy/b"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")

    assert find(source, given) == (other, given / "toy-py")  # whole, the other one is not
    assert find(source) == (source, no_data / "toy")
    (given / "toy/b").write_text("")
    assert find(source, given) == (source, given / "toy")
    (given / "toy/b").unlink()
    (given / "toy-py/c").unlink()
    assert find(source, given) == (source, given / "toy")  # a part, where nothing is whole
    assert locate(source, given) == given / "toy"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "is not a folder; to make it: chainrule data fetch toy --data-dir nothing$"),
        (
            "~nobody-of-this-name/x",
            "is not a folder; to make it: chainrule .* '~nobody-of-this-name/x'$",
        ),
        ("file", "is a file, not a folder"),
    ],
)
def test_a_data_directory_that_is_none(no_data, toy, tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    with pytest.raises(InputError, match=message):
        locate(toy.at(), name)


def test_a_path_that_cannot_be(no_data):
    with pytest.raises(InputError, match=r"null character in it, received 'x.x00'"):
        home("x\0")
