"""``chainrule play`` from its first line to Ctrl-C."""

from __future__ import annotations

import builtins
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from .conftest import Cli

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from chainrule.play.server import _bind, address_of
from tests.play.serving import started, stopped


def asked(url: str, method: str = "GET", **headers: str) -> int:
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_first_line_is_an_address_that_answers_until_ctrl_c(tmp_path: Path) -> None:
    server = started(tmp_path)
    assert server.address.startswith("http://127.0.0.1:")
    assert asked(server.address) == asked(server.address, "HEAD") == 200
    assert asked(server.address, Host="example.org") == 403
    assert asked(server.address, Origin="http://example.org") == 403
    assert stopped(server) == 0
    assert list(tmp_path.iterdir()) == []


def test_others_than_this_machine_need_the_token(tmp_path: Path) -> None:
    server = started(tmp_path, "--host", "0.0.0.0")
    port = server.address.partition("?")[0].rstrip("/").rpartition(":")[2]
    here, token = f"http://127.0.0.1:{port}/", server.address.partition("?token=")[2]
    assert len(token) > 20
    assert asked(here) == asked(f"{here}?token=x") == 403
    assert asked(f"{here}?token={token}") == 200
    assert stopped(server) == 0


def test_a_port_that_is_taken_is_said(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = cli("play", "--no-browser", "--port", str(port))
    assert said.code == 2 and said.out == ""
    assert said.err.startswith(f"chainrule: cannot listen on 127.0.0.1:{port}: ")
    assert said.err.count("\n") == 1 and "--port 0" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--port", "-1"), "--port: expected 0 to 65535"),
        (("--port", "70000"), "--port: expected 0 to 65535"),
        (("--host", "no.such.host.invalid"), "--host: expected an address of this machine"),
        (("--host", "192.0.2.1"), "cannot listen on 192.0.2.1"),
        (("--host", "a" * 300), "--host: expected an address of this machine"),
        (("digist",), "did you mean 'digits'"),
        (("--data-dir", "nowhere"), "--data-dir: expected a folder"),
    ],
)
def test_what_cannot_be_is_one_line(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    result = cli("play", "--no-browser", *arguments)
    assert result.code == 2 and result.out == ""
    assert said in result.err and result.err.count("\n") == 1


def test_without_its_packages_it_says_what_to_install(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = builtins.__import__

    def without(name: str, *rest: object, **options: object) -> object:
        if name.partition(".")[0] in ("starlette", "uvicorn"):
            raise ImportError(name)
        return whole(name, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    said = cli("play", "--no-browser")
    assert said.code == 2 and "pip install 'chainrule[play]'" in said.err


def test_ipv6_where_there_is_any() -> None:
    try:
        listening = _bind("::1", 0)
    except Exception:
        pytest.skip("no IPv6 here")
    with listening:
        port = listening.getsockname()[1]
    assert address_of("::1", port) == f"http://[::1]:{port}/"


def test_the_browser_is_given_the_address(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)

    class Thread:
        def __init__(self, target: object, args: tuple[str], daemon: bool) -> None:
            self.start = lambda: target(*args)  # type: ignore[operator]

    monkeypatch.setattr("chainrule.play.server.Thread", Thread)

    async def loop(self: uvicorn.Server) -> None:
        """Nobody asks, and it ends at once."""

    monkeypatch.setattr(uvicorn.Server, "main_loop", loop)
    said = cli("play")
    assert said.code == 0 and opened == [said.out.strip()]
