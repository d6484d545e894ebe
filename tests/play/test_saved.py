"""Which model files a page may open."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from chainrule.errors import InputError
from chainrule.play import saved
from chainrule.play.context import PlayContext
from chainrule.play.saved import located, names

RUN = "digits-convnet-001"


@pytest.fixture
def here(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder, to be spoiled, with a file outside of it."""
    shutil.copytree(trained, tmp_path / "work")
    shutil.copy(trained / "other.safetensors", tmp_path / "secret.safetensors")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def test_runs_and_files_are_listed(here: Path) -> None:
    (here / "deep" / "er").mkdir(parents=True)
    shutil.copy(here / "other.safetensors", here / "deep" / "er" / "模型 <b>.safetensors")
    (here / ".hidden").mkdir()
    shutil.copy(here / "other.safetensors", here / ".hidden" / "x.safetensors")
    shutil.copytree(here / "runs" / RUN, here / "runs" / "study" / "trial-1")
    found = names(PlayContext())
    assert found["runs"] == [RUN]
    assert found["files"] == [
        str(Path("deep", "er", "模型 <b>.safetensors")),
        "other.safetensors",
        str(Path("runs", "study", "trial-1", "model.safetensors")),
    ]
    for name in (*found["runs"], *found["files"]):
        assert located(PlayContext(), name).is_file()


def test_a_run_is_located_and_a_file(here: Path) -> None:
    context = PlayContext()
    assert located(context, RUN) == Path("runs", RUN, "model.safetensors")
    assert located(context, "other.safetensors") == (here / "other.safetensors").resolve()
    chosen = PlayContext(
        chosen={"kind": "model", "name": "secret.safetensors"},
        extra=(here.parent / "secret.safetensors",),
    )
    assert located(chosen, "secret.safetensors") == here.parent / "secret.safetensors"
    assert names(chosen)["runs"] == ["secret.safetensors", RUN]


@pytest.mark.parametrize(
    "name",
    [
        "../secret.safetensors",
        "runs/../../secret.safetensors",
        "/etc/passwd",
        "link.safetensors",
        "linked/secret.safetensors",
        "none.safetensors",
        "folder.safetensors",
        "other.safetensors\0",
        "..",
        "../work",
        "runs",
        f"{RUN}/model",
        "",
        " ",
        "a" * 5000 + ".safetensors",
        None,
        7,
        ["other.safetensors"],
    ],
)
def test_nothing_else_is(here: Path, name: object) -> None:
    (here / "folder.safetensors").mkdir()
    (here / "link.safetensors").symlink_to(here.parent / "secret.safetensors")
    (here / "linked").symlink_to(here.parent)
    with pytest.raises(InputError, match=r"expected|no run"):
        located(PlayContext(), name)
    with pytest.raises(InputError):
        located(PlayContext(), str(here.parent / "secret.safetensors"))


def test_links_in_a_circle_and_many_folders_end(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "loop").symlink_to(here / "loop")
    (here / "loop.safetensors").symlink_to(here / "loop.safetensors")
    (here / ".x.safetensors").touch()
    os.symlink(here, here / "again")
    for i in range(20):
        (here / f"a{i}").mkdir()
    monkeypatch.setattr(saved, "MOST_FOLDERS", 10)
    found = names(PlayContext())
    assert found["runs"] == [RUN] and "other.safetensors" in found["files"]
    assert ".x.safetensors" not in found["files"]
    with pytest.raises(InputError):
        located(PlayContext(), "loop.safetensors")
    monkeypatch.setattr(saved, "MOST", 0)
    assert names(PlayContext())["files"] == []


def test_an_empty_folder_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert names(PlayContext()) == {"runs": [], "files": []}
