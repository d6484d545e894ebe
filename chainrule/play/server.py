"""The server: an address that is ours alone, until Ctrl-C."""

from __future__ import annotations

import contextlib
import secrets
import socket
import webbrowser
from collections.abc import Callable
from threading import Thread
from typing import Any

from ..errors import InputError
from .context import PlayContext
from .security import ANY, LOOPBACK, Access

LONGEST = 5  # seconds in which open connections may end


def serve(
    context: PlayContext,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    browser: bool = False,
    say: Callable[[str], object] = print,
) -> None:
    """Answer on ``host`` until SIGINT or SIGTERM; ``say`` is told the address as soon as it
    answers. Port 0 is a free one. Others than this machine need the token of the address.

    InputError without the extra ``play``, for a port that is taken, and for a host that is not
    of this machine.
    """
    uvicorn = _uvicorn()
    from .app import create_app

    listening = _bind(host, port)
    token = "" if host in LOOPBACK else secrets.token_urlsafe(24)
    address = address_of(host, listening.getsockname()[1], token)
    app = create_app(context, Access.to(host, token))
    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, lifespan="on",
        timeout_graceful_shutdown=LONGEST, ws="none",
    )  # fmt: skip

    class Server(uvicorn.Server):  # type: ignore[misc, name-defined]
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            say(address)
            if browser:
                Thread(target=webbrowser.open, args=(address,), daemon=True).start()

        async def shutdown(self, sockets: Any = None) -> None:
            await app.state.close()  # which ends the streams that would keep connections open
            await super().shutdown(sockets)

    with listening, contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listening])


def address_of(host: str, port: int, token: str = "") -> str:
    """What to open in a browser.

    >>> address_of("::1", 8000), address_of("192.0.2.7", 80, "abc")
    ('http://[::1]:8000/', 'http://192.0.2.7:80/?token=abc')
    """
    name = _outward() if host in ANY else host
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{port}/" + (f"?token={token}" if token else "")


def _bind(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, place = found[0]
        listening = socket.socket(family, kind, protocol)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows would share the port with others
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen(128)
        except BaseException:
            listening.close()
            raise
    except (socket.gaierror, UnicodeError):
        raise InputError(
            f"--host: expected an address of this machine, received {host!r}"
        ) from None
    except OverflowError:
        raise InputError(f"--port: expected 0 to 65535, received {port}") from None
    except OSError as error:
        way = "; --port 0 takes a free one" if port else ""
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror}{way}") from None
    return listening


def _outward() -> str:
    """The address by which other machines reach this one, as far as it knows; nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return socket.gethostname()


def _uvicorn() -> Any:
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ImportError:
        raise InputError(
            "chainrule play needs the packages starlette and uvicorn: pip install 'chainrule[play]'"
        ) from None
    return uvicorn
