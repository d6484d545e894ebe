"""Train live: one training at a time, which any number of pages watch and steer.

It runs in a process of its own (`chainrule.play.worker` says why), and goes on when every page is
closed. When the server ends it is saved as after Ctrl-C; a page of the next server can resume it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ..errors import InputError
from ..printable import received
from .answers import get, post
from .channel import Channel
from .context import PlayContext, compute
from .form import data_choices, form, settings
from .inbox import WORDS
from .past import RUNS, Past, curves, facts, kept_steps
from .process import Worker

FASTEST = 10_000  # steps a second that a speed may ask for


@dataclass
class Training:
    """The training of a server, and what its pages ask for."""

    context: PlayContext
    channel: Channel = field(default_factory=Channel)
    worker: Worker | None = None
    examiner: Worker | None = None
    past: Past | None = None
    beginning: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def busy(self) -> bool:
        return self.worker is not None and self.worker.busy

    async def start(
        self, data: Any = "digits", values: Any = None, paused: Any = False, speed: Any = 0
    ) -> dict[str, Any]:
        """Begin a run with these settings."""
        given = await compute(self._settings, data, values)
        speed = speed_of(speed)
        job = {"job": "train", "runs": str(self.context.runs), "paused": bool(paused), **given}
        return await self._begin({**job, "speed": speed})

    async def resume(self, run: Any, speed: Any = 0) -> dict[str, Any]:
        """Go on with a run that is not finished."""
        opened = self.context.run(run)
        if opened.finished:
            raise InputError(f"{opened.folder.name} is finished: there is nothing to resume")
        folder = self.context.data_dir
        job = {
            "job": "resume",
            "run": str(opened.folder.resolve()),
            "data_dir": folder and str(folder),
            "speed": speed_of(speed),
        }
        return await self._begin(job, past=await compute(curves, opened))

    async def _begin(self, job: dict[str, Any], past: Any = None) -> dict[str, Any]:
        async with self.beginning:  # two pages may ask at once
            if self.busy:
                raise InputError("a training is going on: stop it before another one begins")
            if self.worker is not None:
                await self.worker.wait()
            self.channel.clear()
            for kind, rows in (past or {}).items():
                if rows:
                    self.channel.publish(kind, rows)
            self.channel.publish("state", {"phase": "starting"})
            self.worker = Worker(self.channel.publish)
            await self.worker.start(job)
            return {"id": self.channel.id}

    async def say(self, word: Any, value: Any = None) -> dict[str, Any]:
        """A word for the training: see `chainrule.play.inbox`."""
        if word not in WORDS:
            raise InputError(f"word: expected {', '.join(WORDS)}, received {received(word)}")
        if self.worker is None or not self.busy:
            raise InputError("no training is going on")
        if word == "rate":
            value = number_of("rate", value)
        if word == "speed":
            value = speed_of(value)
        if word == "stop":
            self.channel.publish("state", {"phase": "stopping"})
            await self.worker.stop()
        else:
            await self.worker.say(word, value)
        return {}

    async def examine(self, data: Any = "digits", values: Any = None) -> dict[str, Any]:
        """Every check of the doctor on these settings, which takes seconds to a minute."""
        if self.examiner is not None and self.examiner.running:
            raise InputError("the doctor is examining another training: wait until that is done")
        given = await compute(self._settings, data, values)
        checks: list[Any] = []
        ended: dict[str, Any] = {}

        def told(kind: str, data: Any) -> None:
            if kind == "checks":
                checks.extend(data)
            elif kind == "state":
                ended.update(data)

        self.examiner = Worker(told)
        await self.examiner.start({"job": "examine", **given})
        await self.examiner.wait()
        if ended.get("phase") == "failed":
            raise InputError(str(ended.get("message")))
        return {"checks": checks}

    def _settings(self, data: Any, values: Any) -> dict[str, Any]:
        form(self.context, data, values)  # which refuses what cannot be, before a process begins
        folder = self.context.data_dir
        chosen = settings(self.context, data, values)
        return {"settings": chosen.values, "data_dir": folder and str(folder)}

    async def now(self, after: str = "") -> dict[str, Any]:
        """What has happened since an event."""
        return self.channel.since(after)

    def runs(self) -> list[dict[str, Any]]:
        """The runs that can be looked at, the newest first."""
        names = self.context.run_names()[:RUNS]
        return [facts(self.context.run(name)) for name in names]

    def run(self, name: Any) -> dict[str, Any]:
        """The curves of a run, and the steps that it can be looked at."""
        run = self.context.run(name)
        return {**facts(run), **curves(run), "kept": kept_steps(run)}

    def look(self, name: Any, step: Any) -> dict[str, Any]:
        """First filters and predictions of a run at a step that it keeps."""
        run = self.context.run(name)
        if not str(step).isascii() or not str(step).isdigit() or len(str(step)) > 15:
            raise InputError(f"step: expected a whole number, received {received(step)}")
        if self.past is None or self.past.run.folder != run.folder:
            self.past = None  # its memory is free before the next one is read
            self.past = Past.of(run, self.context.data_dir)
        return {**self.past.shown, "look": self.past.at(int(step))}

    async def close(self) -> None:
        """Save and end the training, and every stream."""
        for worker in (self.worker, self.examiner):
            if worker is not None and worker.running:
                await worker.stop()
        self.channel.close()


def number_of(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf:
        raise InputError(f"{name}: expected a positive finite number, received {received(value)}")
    return number


def speed_of(value: Any) -> float:
    """Steps a second; 0 for as fast as it can."""
    if value in (0, "0", None, ""):
        return 0.0
    return min(number_of("speed", value), FASTEST)


def training(context: PlayContext) -> Training:
    """The one of this server."""
    return context.shared.setdefault("training", Training(context))  # type: ignore[no-any-return]


def routes(context: PlayContext) -> list[Route]:
    """``/api/train/…``"""
    own = training(context)

    async def events(request: Request) -> Response:
        seen = request.headers.get("last-event-id") or request.query_params.get("after", "")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        stream: AsyncIterator[bytes] = own.channel.stream(seen)
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    def fields(data: Any = "digits", values: Any = None) -> dict[str, Any]:
        return form(context, data, values)

    def choices() -> list[dict[str, Any]]:
        return data_choices(context)

    return [
        Route("/api/train/events", events, methods=["GET"]),
        get("/api/train/now", own.now),
        get("/api/train/data", choices),
        post("/api/train/form", fields),
        post("/api/train/start", own.start),
        post("/api/train/resume", own.resume),
        post("/api/train/say", own.say),
        post("/api/train/examine", own.examine),
        get("/api/train/runs", own.runs),
        get("/api/train/run", own.run),
        get("/api/train/look", own.look),
    ]


async def closing(context: PlayContext) -> None:
    """The server ends."""
    await asyncio.shield(training(context).close())
