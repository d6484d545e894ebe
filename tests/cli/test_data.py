from __future__ import annotations

import gzip
import json
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from chainrule import data
from chainrule.cli import main

from .conftest import Cli


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data of this machine are in sight."""
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_the_digits_are_there_and_good(cli: Cli) -> None:
    said = cli("data", "verify", "digits")
    assert said.code == 0
    assert "digits.npz" in said.out
    assert cli("data", "fetch", "digits").code == 0


def test_files_that_are_missing_fail_the_check(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["data", "verify", "mnist"]) == 1
    assert capfd.readouterr().out.count("BAD") == 4


def test_files_that_are_not_what_they_are_called_are_not_taken_in(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"something else"))
    said = cli("data", "import", "mnist", "train-labels-idx1-ubyte.gz")
    assert said.code == 2
    assert "train-labels-idx1-ubyte" in said.err
    assert not (tmp_path / "data").exists()


@pytest.fixture
def batches(tmp_path: Path) -> Path:
    """Files of CIFAR-10's form and names that are not the published ones."""
    folder = tmp_path / "usb/cifar-10-batches-py"
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 3072), dtype=np.uint8)
    for name in ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"):
        batch = {b"data": pixels, b"labels": [0, 1] * 4}
        (folder / name).write_bytes(pickle.dumps(batch, 2))
    (folder / "test_batch").write_bytes(pickle.dumps({b"data": pixels, b"labels": [1] * 8}))
    return folder


def test_unpublished_files_are_taken_in_when_told_so(
    cli: Cli, tmp_path: Path, batches: Path
) -> None:
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(batches, batches.name)
    for source in ("cifar-10-python.tar.gz", "usb"):
        said = cli("data", "import", "cifar10", source, "--data-dir", "there")
        assert said.code == 2
        assert "expected md5" in said.err
        assert "--unverified takes any that can be read" in said.err

    said = cli("data", "import", "cifar10", source, "--unverified", "--data-dir", "there")
    assert (said.code, said.out.count("cifar10/")) == (0, 6)
    assert repr(data.load("cifar10", "there")[0]).startswith("Dataset(cifar10 train: 40 images")


def test_a_malicious_pickle_is_refused_and_not_run(cli: Cli, tmp_path: Path, batches: Path) -> None:
    (batches / "test_batch").write_bytes(b"cposix\nsystem\n(S'touch trace'\ntR.")

    said = cli("data", "import", "cifar10", "usb", "--unverified")
    assert said.code == 2
    assert "test_batch is not a pickle of plain values: it names posix.system" in said.err
    said = cli("train", "cifar10", "--data-dir", "usb")
    assert said.code == 2
    assert "it names posix.system" in said.err
    assert not (tmp_path / "trace").exists()
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_an_unknown_data_set_gets_the_nearest_one(cli: Cli, command: str) -> None:
    said = cli("data", command, "mnits")
    assert said.code == 2
    assert "unknown data set 'mnits'; did you mean 'mnist'?" in said.err


def test_every_data_set_is_listed_with_where_it_is(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data" / "kmnist").mkdir(parents=True)
    (tmp_path / "data" / "kmnist" / "t10k-labels-idx1-ubyte.gz").touch()
    (tmp_path / "data" / "svhn").mkdir()
    for name in ("train_32x32.mat", "test_32x32.mat"):
        (tmp_path / "data" / "svhn" / name).touch()
    header, *rows = [line.split("\t") for line in cli("data", "list").out.splitlines()]
    assert header == ["data set", "classes", "training", "test", "images", "where"]
    assert [row[0] for row in rows] == list(data.NAMES)
    where = {row[0]: row[-1] for row in rows}
    assert where["digits"] == "inside the package"
    assert where["svhn"] == str(tmp_path / "data" / "svhn")
    assert where["cifar10"] == "not here"
    assert where["kmnist"].startswith(f"{tmp_path / 'data' / 'kmnist'}, without train-images")
    assert rows[0][1:5] == ["10", "1,438", "359", "8x8x1"]
    said = {each["name"]: each for each in json.loads(cli("data", "list", "--json").out)}
    assert said["svhn"]["folder"] == where["svhn"]
    assert said["cifar10"]["folder"] is None
    assert len(said["kmnist"]["missing"]) == 3
    assert said["emnist-letters"]["classes"] == 26
    assert cli("data", "list", "--data-dir", "nowhere").code == 2
