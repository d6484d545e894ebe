"""Who may ask the server, for what, and what a browser may do with the answers.

    Host            a name or an address of this server: DNS rebinding brings another one
    Origin          of a page of this server, where a browser says one: no other site may post
    token           where others than this machine can connect: in the address that is printed, and
                    in a cookie from then on
    policy          scripts, styles, images and connections of this server and of no other

Refused requests are answered with 4xx and one sentence, before any of their body is read.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

METHODS = ("GET", "HEAD", "POST")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ANY = ("0.0.0.0", "::", "")
COOKIE = "chainrule-play"


@dataclass(frozen=True)
class Access:
    """``hosts`` are the names by which the server may be called; ``addresses`` says whether any
    IP address is too, which no DNS can turn into another; ``token`` is asked for unless empty.

    >>> here = Access()
    >>> [here.knows(host) for host in ("127.0.0.1:8000", "localhost", "example.org", "[::1]:80")]
    [True, True, False, True]
    """

    hosts: Collection[str] = LOOPBACK
    addresses: bool = False
    token: str = field(default="", repr=False)

    @classmethod
    def to(cls, host: str, token: str) -> Access:
        """For a server that listens on ``host``."""
        if host in LOOPBACK:
            return cls(token=token)
        own = {host.lower(), socket.gethostname().lower(), socket.getfqdn().lower(), *LOOPBACK}
        return cls(tuple(own - set(ANY)), addresses=True, token=token)

    def knows(self, host: str) -> bool:
        """Whether a Host header, with its port, names this server."""
        name = _without_port(host.strip().lower())
        return name in self.hosts or (self.addresses and _is_address(name))

    def fits(self, token: str) -> bool:
        """Whether this is the token, in a time that does not tell how much of it is right."""
        return hmac.compare_digest(token.encode(), self.token.encode())


class Guard:
    """An ASGI application around another one: see the top of this file."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        cookie = ""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [*HEADERS.items(), *([("set-cookie", cookie)] if cookie else [])]
                message["headers"] = [
                    *message.get("headers", ()),
                    *((key.encode(), value.encode()) for key, value in given),
                ]
            await send(message)

        pairs = [
            (key.decode("latin-1"), value.decode("latin-1")) for key, value in scope["headers"]
        ]
        headers = dict(pairs)
        refusal = self._refusal(scope["method"], scope["path"], headers)
        if [key for key, _ in pairs].count("host") != 1:  # two might be read as either
            refusal = 400, "expected one Host header"
        name = f"{COOKIE}-{(scope.get('server') or ('', 0))[1]}"  # cookies know no ports
        if not refusal and self.access.token:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1]
            if given and self.access.fits(given):
                cookie = f"{name}={given}; Path=/; HttpOnly; SameSite=Strict"
            elif not self.access.fits(_cookie(headers.get("cookie", ""), name)):
                refusal = 403, "open the address that chainrule play printed, with its token"
        if refusal:
            from starlette.responses import JSONResponse

            code, sentence = refusal
            answer = JSONResponse({"error": sentence}, code, {"cache-control": "no-store"})
            await answer(scope, receive, headed)
            return
        await self.app(scope, receive, headed)

    def _refusal(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self.access.knows(host):
            return 403, "this server answers to its own name only: check the Host of the request"
        if method not in METHODS:
            return 405, f"expected {', '.join(METHODS)}"
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host}".lower():
            return 403, "this server answers its own pages only: check the Origin of the request"
        site = headers.get("sec-fetch-site")
        followed = method != "POST" and path == "/"  # a link to the page, from wherever it is
        if site not in (None, "same-origin", "none") and not followed:
            return 403, "this server answers its own pages only"
        return None


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
