"""The web application: every answer passes the guard, and only reads unless control was allowed."""

import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tuner.dashboard import steer, views
from tuner.dashboard.guard import HEADERS, Guard, Refusal
from tuner.dashboard.logs import piece
from tuner.dashboard.pages import page, script, styles
from tuner.dashboard.studies import Followed, Studies
from tuner.errors import TunerError
from tuner.report.export import to_json
from tuner.report.figures.page import script as plotly
from tuner.study import History

LARGEST = 64 * 1024
"""Bytes of what a page may send."""

PATIENCE = 40.0
"""Times as long as it took to draw the figures of a study they stay as they are while it grows."""

Answer = Callable[[Request], Awaitable[Response]]


class Guarded:
    """Asks the guard before anything else sees a request, and sets the headers of every answer."""

    def __init__(self, inner: ASGIApp, guard: Guard) -> None:
        self._inner, self._guard = inner, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._inner(scope, receive, send)
            return
        request = Request(scope)
        refusal = self._guard.refuses(request.method, request.headers, request.query_params)
        inner = self._inner if refusal is None else _refused(refusal)

        async def secured(message: Any) -> None:  # noqa: ANN401  starlette's message
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *own]
            await send(message)

        await inner(scope, receive, secured)


def _refused(refusal: Refusal) -> Response:
    return PlainTextResponse(f"{refusal.words}\n", status_code=refusal.status)


class Drawn(NamedTuple):
    """A study as it was sent: its version, the text, and when it may be drawn anew."""

    version: int
    text: str
    due: float


class Site:
    """Answers of the dashboard.

    Args:
        studies: that are followed; somebody else looks at them.
        guard: who may ask.
        outside: what the room is handed from above.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        studies: Studies,
        guard: Guard,
        outside: views.Outside,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._studies, self._guard, self._outside = studies, guard, outside
        self._clock = clock
        self._drawn: dict[tuple[str, bool], Drawn] = {}
        self._pen = threading.Lock()

    def app(self) -> ASGIApp:
        """Give the application."""
        routes = [
            Route("/", self.home),
            Route("/plotly.js", self.plotly),
            Route("/dashboard.js", self.script),
            Route("/dashboard.css", self.styles),
            Route("/studies", self.listing),
            Route("/studies/{key}", self.study),
            Route("/studies/{key}/logs/{trial:int}", self.logs),
            Route("/studies/{key}/{act}", self.act, methods=["POST"]),
        ]
        return Guarded(Starlette(routes=routes), self._guard)

    async def home(self, _request: Request) -> Response:
        """Give the page."""
        html = page(self._guard.token, str(self._studies.root), control=self._guard.control)
        return Response(html, media_type="text/html")

    async def plotly(self, _request: Request) -> Response:
        """Give Plotly."""
        return Response(await run_in_threadpool(plotly), media_type="text/javascript")

    async def script(self, _request: Request) -> Response:
        """Give the page's scripts."""
        return Response(script(), media_type="text/javascript")

    async def styles(self, _request: Request) -> Response:
        """Give the page's styles."""
        return Response(styles(), media_type="text/css")

    async def listing(self, request: Request) -> Response:
        """Give all studies, or that nothing has changed since a version."""
        return await run_in_threadpool(self._listing, request.query_params.get("since", ""))

    def _listing(self, since: str) -> Response:
        now, root = datetime.now(UTC), self._studies.root
        with self._studies.lock:
            version = self._studies.version
            if since == str(version):
                return _json({"version": version})
            rows = [views.row(study, self._outside.alive, now, root) for study in self._studies]
        return _json({"version": version, "studies": rows})

    async def study(self, request: Request) -> Response:
        """Give one study, or what has changed since a version.

        A page says the version that it has (`since`) and that of its figures (`figures`; without it
        it wants none). The rows of trials that have changed come at once, figures once in a while.
        """
        study = self._studies.get(request.path_params["key"])
        if study is None:
            return _gone()
        asked = request.query_params
        since, figures = asked.get("since", ""), asked.get("figures")
        if since == str(study.version) and figures in (since, None) and "model" not in asked:
            return _json({"version": study.version})
        return await run_in_threadpool(self._study, study, since, figures, model="model" in asked)

    def _study(self, study: Followed, since: str, figures: str | None, *, model: bool) -> Response:
        with self._pen:  # one drawing at a time: several windows do not add up
            with self._studies.lock:
                version, history = study.version, study.history.snapshot()
                anew, trials = study.anew, study.since(_version(since))
            if history.config is None:
                return _said("nothing was opened in it yet", 409)
            held = self._drawn.get((study.key, model))
            if held is None or held.version < anew:
                held, draw = None, True
            else:
                draw = held.version != version and (model or self._clock() >= held.due)
            behind = figures not in (None, str(version))
            newer = draw or (held is not None and held.version == version)
            try:
                if model or trials is None or (behind and newer):
                    if held is None or draw:
                        held = self._draw(study, version, history, model=model)
                    return Response(held.text, media_type="application/json")
                if since == str(version):
                    return _json({"version": version})
                now = datetime.now(UTC)
                found = views.changed(study, history, self._outside, now, trials)
            except TunerError as error:
                return _said(str(error), 409)
        return _json({"version": version, **found})

    def _draw(self, study: Followed, version: int, history: History, *, model: bool) -> Drawn:
        """Draw all of a study, and keep it for whoever asks next."""
        began, now = self._clock(), datetime.now(UTC)
        drawn = views.whole(study, history, self._outside, now, model=model)
        text = to_json({"version": version, **drawn}, indent=None)
        ended = self._clock()
        held = Drawn(version, text, ended + PATIENCE * (ended - began))
        self._drawn[study.key, model] = held
        return held

    async def logs(self, request: Request) -> Response:
        """Give a piece of a trial's log."""
        study = self._studies.get(request.path_params["key"])
        if study is None:
            return _gone()
        with self._studies.lock:
            trial = study.history.trials.get(request.path_params["trial"])
            attempt, state = (trial.attempt, str(trial.state)) if trial else (0, "")
        asked = request.query_params
        try:
            start = int(asked["from"]) if "from" in asked else None
            stream = asked.get("stream", "stdout")
            number = request.path_params["trial"]
            found = await run_in_threadpool(piece, study.folder, number, attempt, stream, start)
        except ValueError:
            return _said("`from` is a number of bytes", 400)
        except TunerError as error:
            return _said(str(error), 404)
        return _json({**found, "attempt": attempt, "state": state})

    async def act(self, request: Request) -> Response:
        """Do what a person asks for."""
        study, name = self._studies.get(request.path_params["key"]), request.path_params["act"]
        if study is None or name not in steer.ACTS:
            return _gone()
        if int(request.headers.get("content-length") or LARGEST + 1) > LARGEST:
            return _said("that is too much", 413)
        try:
            asked = await request.json()
        except (ValueError, RecursionError):
            return _said("send JSON", 400)
        if not isinstance(asked, dict):
            return _said("send a JSON object", 400)
        try:
            said = await run_in_threadpool(steer.act, study.folder, name, asked)
        except TunerError as error:
            return _said(f"{error}{f'; {error.hint}' if error.hint else ''}", 409)
        return _json({"said": said})


def _version(words: str) -> int:
    """Read a version that a page has; -1, which is none, for what is no number."""
    try:
        return int(words)
    except ValueError:
        return -1


def _json(value: object) -> Response:
    return Response(to_json(value, indent=None), media_type="application/json")


def _said(words: str, status: int) -> Response:
    return JSONResponse({"error": words}, status_code=status)


def _gone() -> Response:
    return _said("there is no such study", 404)
