"""The application: the page, its files, and the routes of the views.

**How a view is added.** A view NAME of `VIEWS` is there as soon as its files are: ``play/NAME.py``
with ``routes(context) -> list[Route]`` (made by `get`, `post` and `upload` of ``answers.py`` from
plain functions, under ``/api/NAME/…``), ``static/views/NAME.js``, which exports
``mount(root, page)`` and returns a function that unmounts it, its words in
``static/words/en/NAME.js`` and ``static/words/zh/NAME.js``, and, if it has styles of its own,
``static/views/NAME.css``. What ``page`` has is said at the top of ``static/app.js``. A module may
have ``closing(context)``, an async function that is awaited, once or twice, when the server ends.
"""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..errors import InputError
from .answers import absent, failure, get, input_error
from .context import PlayContext
from .security import Access, Guard

VIEWS = ("train", "ask", "gates", "layers", "architecture")
"""The tabs of the page, in their order."""

STATIC = Path(__file__).parent / "static"

for _suffix, _type in ((".js", "text/javascript"), (".css", "text/css"), (".svg", "image/svg+xml")):
    mimetypes.add_type(_type, _suffix)  # which the registry of a Windows machine may say otherwise


def create_app(context: PlayContext, access: Access | None = None) -> Starlette:
    """The playground as an ASGI application, for uvicorn or a test."""
    views = available()
    index = _index(list(views))

    async def page(request: Request) -> Response:
        return HTMLResponse(index, headers={"cache-control": "no-cache"})

    async def chosen() -> dict[str, object]:
        return {"chosen": context.chosen, "models": context.models()}

    routes: list[Route | Mount] = [
        Route("/", page, methods=["GET"]),
        get("/api/context", chosen),
    ]
    for module in views.values():
        routes += module.routes(context)
    routes.append(Mount("/static", _Files(directory=STATIC)))

    async def close() -> None:
        for module in views.values():
            if closing := getattr(module, "closing", None):
                await closing(context)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.close = close
        yield
        await close()

    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, access=access or Access())],
        exception_handlers={InputError: input_error, HTTPException: absent, 500: failure},
        lifespan=lifespan,
    )


def available() -> dict[str, ModuleType]:
    """The modules of the views that are there, by name."""
    here = __package__
    return {name: import_module(f"{here}.{name}") for name in VIEWS if find_spec(f"{here}.{name}")}


def _index(views: list[str]) -> str:
    """index.html with the names of the views, and their styles."""
    text = (STATIC / "index.html").read_text("utf-8")
    styles = "".join(
        f'<link rel="stylesheet" href="/static/views/{name}.css">\n'
        for name in views
        if (STATIC / "views" / f"{name}.css").is_file()
    )
    return text.replace("<!-- styles -->\n", styles).replace("{views}", " ".join(views))


class _Files(StaticFiles):
    """Files of the page, which a browser asks for again each time: they change with the library."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.setdefault("cache-control", "no-cache")
        return response
