"""Every old name is still read, is said once, and does not hide where a mistake was made."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from chainrule.config import Config, Settings, assignments, load, read_settings, resolve
from chainrule.config.settings import RENAMED, RENAMED_VALUES
from chainrule.errors import ChainruleWarning, InputError

EXAMPLES: list[tuple[dict[str, Any], str, Any]] = [
    ({"pictures": {"resize": "crop"}}, "resize", "crop"),
    ({"pictures": {"image_size": [8, 9]}}, "image_size", (8, 9)),
    ({"pictures": {"color": "gray"}}, "color", "gray"),
    ({"pictures": {"colour": "rgb"}}, "color", "rgb"),
    ({"pictures": {"colour": "grey"}}, "color", "gray"),
    ({"images": {"colour": "gray"}}, "color", "gray"),
    ({"images": {"color": "grey"}}, "color", "gray"),
]


@pytest.fixture(autouse=True)
def nothing_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.config.settings._told", set())


def toml(values: dict[str, Any]) -> str:
    return "".join(
        f"[{table}]\n" + "".join(f"{key} = {value!r}\n" for key, value in settings.items())
        for table, settings in values.items()
    )


@pytest.mark.parametrize(("values", "name", "value"), EXAMPLES)
def test_an_old_name_is_read_from_a_file_and_an_option_with_one_line(
    values: dict[str, Any], name: str, value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "exp.toml"
    file.write_text(toml(values))
    options = [f"{t}.{k}={v!r}" for t, settings in values.items() for k, v in settings.items()]
    for source in (read_settings(file), assignments(options), Settings(values)):
        monkeypatch.setattr("chainrule.config.settings._told", set())
        with pytest.warns(ChainruleWarning, match=" is now ") as caught:
            config = resolve(source)
        assert getattr(config.images, name) == value
        (line,) = [str(warning.message) for warning in caught]
        assert "\n" not in line
        assert line.startswith(f"{source.place or 'settings'}: ")


def test_each_rename_leads_to_a_setting_that_exists() -> None:
    for path, new in RENAMED.items():
        place: Any = Config()
        for name in (*path[:-1], new):
            place = getattr(place, name)
        assert not any(path[-1] in (*settings, *path[:-1]) for settings in RENAMED_VALUES)
    for path, values in RENAMED_VALUES.items():
        for now in values.values():
            table, key = path
            resolve(Settings({table: {key: now}}))


def test_the_line_says_all_new_names_once_a_process() -> None:
    old = Settings({"pictures": {"colour": "grey", "resize": "pad"}}, "exp.toml")
    with pytest.warns(ChainruleWarning) as caught:
        resolve(old)
    assert [str(warning.message) for warning in caught] == [
        "exp.toml: [pictures] is now [images], colour is now color, 'grey' is now 'gray'; the old "
        "spelling is still read"
    ]
    resolve(old)  # a warning would be an error here


def test_what_a_run_wrote_is_read_without_a_word(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(toml({"pictures": {"colour": "grey"}}))
    assert load(file, by_run=True).images.color == "gray"


def test_sources_under_old_and_new_names_overrule_one_another() -> None:
    file = Settings({"pictures": {"colour": "grey", "resize": "pad"}}, by_run=True)
    config = resolve(file, Settings({"images": {"color": "rgb"}}))
    assert (config.images.color, config.images.resize) == ("rgb", "pad")


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")
def test_the_last_assignment_wins_under_whatever_name() -> None:
    for texts in (
        ["pictures.colour=grey", "images.color=rgb"],
        ["images.color=gray", "pictures.colour=rgb"],
        ["pictures.colour=grey", "images={color='rgb'}"],
        ["images.color=gray", "pictures={colour='rgb'}"],
    ):
        assert resolve(assignments(texts)).images.color == "rgb"


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"pictures": {"colour": "red"}}, r"^exp\.toml: pictures\.colour: unknown color 'red'"),
        ({"pictures": {"resize": 3}}, r"^exp\.toml: pictures\.resize: "),
        ({"pictures": {"side": 3}}, r"^exp\.toml: pictures\.side: unknown setting 'side'"),
        ({"pictures": 3}, r"^exp\.toml: pictures: expected a table \[images\], received 3"),
        ({"images": {"colour": 3}}, r"^exp\.toml: images\.colour: "),
        (
            {"images": {"color": "rgb", "colour": "rgb"}},
            r"^exp\.toml: expected one of images\.color and its old name, received both",
        ),
        ({"images": {"color": "rgb"}, "pictures": {"colour": "rgb"}}, "received both"),
        ({"images": {"color": "rgb"}, "pictures": 3}, "received both"),
    ],
)
def test_a_mistake_is_shown_where_the_user_wrote_it(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        resolve(Settings(values, "exp.toml"))


def test_names_of_today_stay_as_they_are() -> None:
    values = {"model": {"name": "mlp", "hidden": [3]}, "augment": {}, "images": {"root": "grey"}}
    assert Settings(values).current() == Settings(values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolve(Settings({"images": {"root": "pictures"}}))
