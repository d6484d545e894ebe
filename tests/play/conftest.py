"""The application without a socket, in a folder of its own, or in one with a trained model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .serving import Playground, started, stopped


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Playground]]:
    """``serve(*options)`` is a server in an empty folder; it ends with the test at the latest."""
    servers: list[Playground] = []

    def start(*options: str) -> Playground:
        servers.append(started(tmp_path, *options))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            stopped(server)


@pytest.fixture
def client_of(here: Path) -> Iterator[Callable[..., Any]]:
    """``client_of(context, access)`` asks an application as a page would."""
    try:
        from starlette.testclient import TestClient
    except (ImportError, RuntimeError) as error:  # what it sends requests with is not there
        pytest.skip(str(error))

    from chainrule.play.app import create_app
    from chainrule.play.context import PlayContext

    open_ones = []

    def make(context: Any = None, access: Any = None, **options: Any) -> Any:
        client = TestClient(
            create_app(context or PlayContext(), access),
            base_url="http://127.0.0.1:8000",
            **options,
        )
        client.__enter__()
        open_ones.append(client)
        return client

    yield make
    for client in open_ones:
        client.__exit__(None, None, None)


@pytest.fixture
def client(client_of: Callable[..., Any]) -> Any:
    return client_of()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs/digits-convnet-001, and other.safetensors, which lies in no run."""
    import chainrule as cr
    from chainrule.layers import Signature
    from chainrule.play.small_model import train_small

    folder = tmp_path_factory.mktemp("trained")
    train_small(folder / "runs")
    model = cr.models.mlp((8, 8, 1), (8,), 10).init(0)
    model.signature = Signature((8, 8, 1), tuple("0123456789"))
    cr.save(model, folder / "other.safetensors")
    return folder


@pytest.fixture
def at_trained(
    trained: Path, client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """An application that was started there."""
    monkeypatch.chdir(trained)
    return client_of()
