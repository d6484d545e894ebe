"""Requests to the application without a server: what ASGI sends and receives, and no more."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def request(app: Any, method: str, path: str, body: bytes | Any = b"") -> tuple[int, Any]:
    """The status of the answer and its JSON; a body that is no bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": headers, "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    with ThreadPoolExecutor(1) as aside:  # a browser of the same session has this thread's loop
        aside.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    whole = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(whole)
