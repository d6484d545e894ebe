from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.config import DEFAULTS, Config, Settings, load, read_settings, resolve, to_toml
from chainrule.config.schema import (
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    AugmentConfig,
    PretrainedConfig,
    PretrainedModel,
)
from chainrule.errors import InputError

CrossEntropyConfig = LOSSES["cross-entropy"]
SGDConfig = OPTIMIZERS["sgd"]
StepConfig = SCHEDULES["step"]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Whatever a setting of this type may be, within its limits."""
    if hasattr(kind, "__struct_config__"):
        fields = {f.name: values(f.type) for f in msgspec.structs.fields(kind)}
        if kind is Config:
            fields["data"] = st.sampled_from(sorted(DEFAULTS))
        if kind is AugmentConfig:  # another preset has its operations, and none is drawn without
            fields["preset"] = st.just("none")
        return st.builds(kind, **fields)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return numbers(*inner) if get_origin(inner[0]) is None else values(inner[0])
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple and inner[-1] is not ...:
        return st.tuples(*map(values, inner))
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(texts, values(inner[1]), max_size=3)
    if inner:
        return st.one_of(*map(values, inner))
    return {str: texts, bool: st.booleans(), type(None): st.none()}[kind]


def numbers(kind: type, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    if meta.pattern is not None:
        return st.from_regex(meta.pattern, fullmatch=True, alphabet="0123456789.smh:cpug")
    low = meta.ge if meta.gt is None else meta.gt
    high = meta.le if meta.lt is None else meta.lt
    if kind is int:
        return st.integers(low, high if high is not None else 2**70)
    top = 1e300 if high is None else high
    return st.floats(low, top, exclude_min=meta.gt is not None, exclude_max=meta.lt is not None)


def consistent(config: Config) -> Config:
    """A model of its own, or a trained one."""
    if config.pretrained.source:
        return msgspec.structs.replace(config, model=PretrainedModel())
    own = not isinstance(config.model, PretrainedModel)
    model = config.model if own else Config().model
    return msgspec.structs.replace(config, model=model, pretrained=PretrainedConfig())


@given(values(Config).map(consistent))
def test_what_is_written_is_read_back(config: Config) -> None:
    assert resolve(Settings(tomllib.loads(to_toml(config)))) == config


OLD = """
data = "digits"
seed = 1
epochs = 4
batch_size = 32
validation = 0.2

[model]
name = "mlp"
hidden = [16]
norm = "batch"
dropout = 0.5

[optimizer]
name = "sgd"
lr = 0.1
momentum = 0.9
nesterov = false
weight_decay = 0.0

[schedule]
name = "step"
every_epochs = 2
factor = 0.5

[loss]
smoothing = 0.1
reg = 0.01

[early_stopping]
patience = 3

[checkpoint]
every_seconds = 30.0
every_steps = 0
"""


def test_a_file_of_the_first_version_is_read_as_it_was_meant(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(OLD)
    config = load(tmp_path / "config.toml")
    assert config.optimizer == SGDConfig(lr=0.1, momentum=0.9)
    assert config.schedule == StepConfig(every_epochs=2, factor=0.5)
    assert config.loss == CrossEntropyConfig(smoothing=0.1, reg=0.01)
    off = Config()
    for name in ("clip", "average", "plateau", "max_norm", "accumulate"):
        assert getattr(config, name) == getattr(off, name)


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


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbfepochs = 3\n")
    assert load(path).epochs == 3


def test_numbers_beyond_all_measure_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    for number in ("9" * 5000, f"0x{'f' * 5000}", f"-0x{'f' * 5000}", str(1 << 128)):
        for text in (f"seed = {number}", f"seed = [{number}]", f"optimizer.lr = {number}"):
            path.write_text(text)
            with pytest.raises(InputError) as error:
                load(path)
            assert len(str(error.value)) < 1300
    path.write_text(f"seed = {(1 << 128) - 1}")
    assert load(path).seed == (1 << 128) - 1
