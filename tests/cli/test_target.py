from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.cli.target import configured
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
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder"):
        named(str(tmp_path / "folder"), runs=tmp_path)
