from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.cli.arguments import configured
from chainrule.errors import InputError


def named(target: str | None, *assigned: str, data: str | None = None, runs: Path = Path("runs")):
    return configured(target, data, None, assigned, None, runs)


def test_nothing_is_the_default_data_set():
    assert named(None).data == "digits"
    assert named(None, data="mnist").batch_size == 128


def test_a_kind_of_model_for_a_data_set():
    config = named("convnet", "model.filters=[4]", data="mnist")
    assert config.model.__struct_config__.tag == "convnet" and config.model.filters == (4,)


def test_a_file_and_what_overrules_it(tmp_path):
    (tmp_path / "a.toml").write_text('data = "digits"\nbatch_size = 7\nepochs = 3\n')
    config = configured(str(tmp_path / "a.toml"), None, 9, ["epochs=4"], tmp_path, Path("runs"))
    assert (config.batch_size, config.epochs, config.data_dir) == (9, 4, str(tmp_path))


def test_what_is_nothing_of_the_three(tmp_path):
    with pytest.raises(InputError, match="no TOML file either, and no kind of model"):
        named("nonsense", runs=tmp_path)
    with pytest.raises(InputError, match=r"alone\.safetensors is a model that lies in no run"):
        (tmp_path / "alone.safetensors").touch()
        named(str(tmp_path / "alone.safetensors"), runs=tmp_path)


def test_data_by_name_folder_or_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "t.csv").touch()
    assert named("photos").data == str(tmp_path / "photos")
    assert named("./t.csv").data == str(tmp_path / "t.csv")
    assert named("mnist").data == "mnist"
    with pytest.raises(InputError, match="--data: expected none beside the data photos"):
        named("photos", data="mnist")


def test_a_folder_with_a_configuration_or_a_model_is_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("photos", "runs/photos", "runs/old"):
        (tmp_path / folder).mkdir(parents=True)
    assert named("photos").data == str(tmp_path / "photos")  # runs/photos is no run
    (tmp_path / "runs" / "photos" / "config.toml").write_text("epochs = 3\n")
    assert named("photos").epochs == 3
    assert named("./photos").data == str(tmp_path / "photos")
    (tmp_path / "runs" / "photos" / "model.safetensors").touch()
    assert named("runs/photos/model.safetensors").epochs == 3
    (tmp_path / "runs" / "old" / "model.safetensors").touch()
    with pytest.raises(InputError, match=r"old is not a run: it has no config\.toml"):
        named("old")


def test_a_data_directory_that_does_not_exist(tmp_path):
    with pytest.raises(InputError, match="--data-dir: expected a folder, received"):
        configured(str(tmp_path), None, None, (), tmp_path / "nowhere", Path("runs"))


def test_a_run_s_folder_is_where_the_data_directory_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("photos", "new/photos/cat", "new/photos/dog", "runs/mine"):
        (tmp_path / folder).mkdir(parents=True)
    text = f"data = '{tmp_path / 'photos'}'\n"
    for file in ("runs/mine/config.toml", "mine.toml"):
        (tmp_path / file).write_text(text)
        target = file.removesuffix("/config.toml").removeprefix("runs/")
        for place in ("new", "new/photos"):
            config = configured(target, None, None, (), Path(place), Path("runs"))
            assert config.data == str(tmp_path / "new" / "photos")
        with pytest.raises(InputError, match="--data-dir: there is no folder or file"):
            configured(target, None, None, (), Path("nowhere"), Path("runs"))
    typed = configured("photos", None, None, (), Path("new"), Path("runs"))
    assert (typed.data, typed.data_dir) == (str(tmp_path / "photos"), str(tmp_path / "new"))
