from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.config import Config, load, read_settings, resolve, to_toml
from chainrule.config.overlay import Settings
from chainrule.config.schema import (
    AdamConfig,
    CheckpointConfig,
    ConstantConfig,
    CosineConfig,
    EarlyStoppingConfig,
    LossConfig,
    MLPConfig,
    SGDConfig,
    StepConfig,
)
from chainrule.errors import InputError

rates = st.floats(1e-30, 1e30, allow_subnormal=False)
amounts = st.floats(0, 1e30)
fractions = st.floats(0, 1, exclude_max=True)
wholes = st.integers(0, 2**70)
counts = st.integers(1, 10**9)
texts = st.text().filter(str.isprintable)

optimizers = st.builds(SGDConfig, rates, fractions, st.booleans(), amounts) | st.builds(
    AdamConfig, rates, fractions, fractions, rates, amounts
)
schedules = (
    st.just(ConstantConfig())
    | st.builds(StepConfig, counts, rates)
    | st.builds(CosineConfig, amounts)
)
configs = st.builds(
    Config,
    data=st.sampled_from(["digits", "mnist", "fashion-mnist"]),
    data_dir=st.none() | texts,
    seed=wholes,
    epochs=counts,
    batch_size=counts,
    validation=counts | st.floats(1e-9, 1, exclude_max=True),
    model=st.builds(
        MLPConfig,
        st.lists(st.integers(1, 10**6), max_size=3).map(tuple),
        st.sampled_from(["none", "batch"]),
        fractions,
    ),
    optimizer=optimizers,
    schedule=schedules,
    loss=st.builds(LossConfig, fractions, amounts),
    early_stopping=st.builds(EarlyStoppingConfig, wholes),
    checkpoint=st.builds(CheckpointConfig, rates, wholes),
)


@given(configs)
def test_what_is_written_is_read_back(config: Config) -> None:
    assert resolve(Settings(tomllib.loads(to_toml(config)))) == config


def test_every_value_is_written(tmp_path: Path) -> None:
    config = resolve()
    written = tomllib.loads(to_toml(config))
    unwritten = {"data_dir"}  # None: TOML has no word for it, and it is the default of all data
    assert set(written) == {f.name for f in msgspec.structs.fields(Config)} - unwritten
    assert written["optimizer"] == msgspec.to_builtins(config.optimizer)
    (tmp_path / "config.toml").write_text(to_toml(config))
    assert load(tmp_path / "config.toml") == config


def test_a_syntax_error_is_shown_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("epochs = 3\nseed = = 4\n")
    with pytest.raises(InputError, match=r"bad\.toml is not TOML: .*line 2"):
        read_settings(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00", b"[" * 100_000])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.toml is not TOML"):
        read_settings(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.toml: No such file"):
        read_settings(tmp_path / "no.toml")
    with pytest.raises(InputError, match="Is a directory"):
        read_settings(tmp_path)
