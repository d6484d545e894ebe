from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from chainrule.config import Config, assignments, resolve
from chainrule.errors import InputError
from chainrule.experiment.inputs import place_of, relocated


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "old" / "photos").mkdir(parents=True)
    return resolve(assignments([f"data={tmp_path / 'old' / 'photos'}"]))


def folder(path: Path, *inner: str) -> Path:
    for name in inner or (".",):
        (path / name).mkdir(parents=True)
    return path


def test_the_folder_itself_or_its_parent(config: Config, tmp_path: Path) -> None:
    for given, found in (
        (folder(tmp_path / "renamed", "cat", "dog"), tmp_path / "renamed"),
        (folder(tmp_path / "parent", "photos/cat", "other/cat").resolve(),
         tmp_path / "parent" / "photos"),
        (folder(tmp_path / "new" / "photos", "cat", "dog"), tmp_path / "new" / "photos"),
    ):  # fmt: skip
        moved = relocated(config, given)
        assert (moved.data, moved.data_dir) == (str(found), None)


def test_it_is_taken_though_the_old_one_is_still_there(config: Config, tmp_path: Path) -> None:
    assert Path(config.data).exists()
    assert relocated(config, folder(tmp_path / "x", "cat", "dog")).data == str(tmp_path / "x")
    assert relocated(config, None) is config


def test_a_class_may_be_called_like_the_folder(config: Config, tmp_path: Path) -> None:
    given = folder(tmp_path / "renamed", "photos", "drawings")
    assert relocated(config, given).data == str(given)


def test_a_table_and_the_folder_it_is_in(tmp_path: Path) -> None:
    config = resolve(assignments([f"data={tmp_path / 'old.csv'}"]))
    (tmp_path / "old.csv").touch()
    (tmp_path / "renamed.csv").touch()
    assert relocated(config, tmp_path).data == str(tmp_path / "old.csv")
    assert relocated(config, tmp_path / "renamed.csv").data == str(tmp_path / "renamed.csv")
    with pytest.raises(InputError, match=r"expected the file old\.csv, or the folder it lies in"):
        relocated(config, folder(tmp_path / "empty"))


def test_what_does_not_exist_is_refused(config: Config, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--data-dir: there is no folder or file .*nowhere"):
        relocated(config, tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--data-dir: expected a folder of images"):
        relocated(config, tmp_path / "file")
    with pytest.raises(InputError, match="--data-dir: expected a folder"):
        relocated(Config(), tmp_path / "nowhere")


def test_of_a_data_set_with_a_name_it_is_the_data_directory(tmp_path: Path) -> None:
    config = msgspec.structs.replace(Config(), data="mnist")
    assert relocated(config, tmp_path).data_dir == str(tmp_path)


def test_a_path_is_looked_for_in_the_data_directory_under_its_name_alone(tmp_path: Path) -> None:
    inner = folder(tmp_path / "all" / "photos", "cat")
    assert place_of("/nowhere/photos", tmp_path / "all") == str(inner)
    assert place_of(str(inner), tmp_path) == str(inner)
    with pytest.raises(InputError, match=r"no folder or file /nowhere/photoz, nor .*all/photoz"):
        place_of("/nowhere/photoz", tmp_path / "all")
