"""Routes from plain functions: JSON in, JSON out, and every InputError a sentence.

    get("/api/gates/examples", examples)     examples(**query)       values are strings
    post("/api/gates/build", build)          build(**body)           the body is a JSON object
    upload("/api/ask/image", classify)       classify(body, **query) the body is bytes

The function may be ``async``. A plain one runs on the one thread that computes (see
`chainrule.play.context.compute`), so that it blocks no other page. An argument that it does not
have, or that is missing, is answered with a sentence.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import InputError
from ..files import parse_json
from .context import compute

MOST_JSON = 1 << 20  # bytes of a JSON body
MOST_BYTES = 16 << 20  # bytes of an upload
Function = Callable[..., Any]


def get(path: str, function: Function) -> Route:
    """``GET path?name=value`` answers ``function(name="value")`` as JSON."""

    async def endpoint(request: Request) -> Response:
        return await _answer(function, (), dict(request.query_params))

    return Route(path, endpoint, methods=["GET"])


def post(path: str, function: Function, most: int = MOST_JSON) -> Route:
    """``POST path`` with a JSON object answers ``function(**object)`` as JSON."""

    async def endpoint(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise InputError("content-type: expected application/json")
        values = parse_json(await read(request, most) or b"{}", "the request")
        if not isinstance(values, dict):
            raise InputError("the request: expected a JSON object")
        return await _answer(function, (), values)

    return Route(path, endpoint, methods=["POST"])


def upload(path: str, function: Function, most: int = MOST_BYTES) -> Route:
    """``POST path?name=value`` with bytes answers ``function(bytes, name="value")`` as JSON."""

    async def endpoint(request: Request) -> Response:
        return await _answer(function, (await read(request, most),), dict(request.query_params))

    return Route(path, endpoint, methods=["POST"])


async def read(request: Request, most: int) -> bytes:
    """The body, of at most so many bytes; InputError as soon as it is longer."""
    too_long = InputError(f"the request: expected at most {most:,} bytes")
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:20]) > most:
        raise too_long
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise too_long
    except ClientDisconnect:
        raise InputError("the request ended before its body did") from None
    return bytes(body)


async def _answer(
    function: Function, given: tuple[Any, ...], values: Mapping[str, Any]
) -> Response:
    try:
        inspect.signature(function).bind(*given, **values)
    except TypeError as error:
        raise InputError(f"the request: {error}") from None
    if inspect.iscoroutinefunction(function):
        result = await function(*given, **values)
    else:
        result = await compute(function, *given, **values)
    return result if isinstance(result, Response) else as_json(result)


def as_json(value: Any, status: int = 200) -> Response:
    """``value`` as an answer that nobody keeps."""
    return Response(
        dumps(value), status, {"cache-control": "no-store"}, media_type="application/json"
    )


def dumps(value: Any) -> str:
    """JSON of ``value``: arrays become lists, and numbers that JSON has no word for become
    "NaN", "Infinity" and "-Infinity", which ``Number`` in a page reads.

    >>> import numpy as np
    >>> dumps({"a": np.float32([1, np.nan]), "b": (np.int64(2), float("inf"))})
    '{"a":[1.0,"NaN"],"b":[2,"Infinity"]}'
    """
    return json.dumps(jsonable(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def jsonable(value: Any) -> Any:
    """``value`` in the types that JSON has."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, str):  # a lone surrogate, of a name that is not UTF-8, cannot be sent
        return value.encode("utf-8", "backslashreplace").decode()
    return value


async def input_error(request: Request, error: Exception) -> Response:
    """An InputError, as 400 and its sentence."""
    return as_json({"error": str(error)}, 400)


async def absent(request: Request, error: Exception) -> Response:
    """What the router did not find, or not under this verb."""
    status = getattr(error, "status_code", 404)
    detail = getattr(error, "detail", "not found")
    return as_json({"error": f"{detail}: {request.url.path[:200]}"}, status)


async def failure(request: Request, error: Exception) -> Response:
    """What is raised besides is a bug: its traceback goes to the terminal."""
    return JSONResponse(
        {"error": f"the server failed ({type(error).__name__}); its terminal says where"}, 500
    )
