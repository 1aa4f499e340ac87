"""Which address asks for what? JSON in, one call of the room, JSON out."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._deps import need
from gridkit.editor.payload import Atlas
from gridkit.editor.refusal import Refusal, bad, unknown
from gridkit.errors import GridkitError
from gridkit.io.sheets import csv_bytes
from gridkit.web.guard import MAX_BODY, Guard, body_of, token_of
from gridkit.web.shell import page_html, static_file

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gridkit._typing import IntArray, Json
    from gridkit.editor.desk import Desk
    from gridkit.editor.room import Room
    from gridkit.web.guard import Keys
    from gridkit.web.host import Host

log = logging.getLogger(__name__)
_WINDOW = re.compile(r"[A-Za-z0-9_-]{8,64}")
_JSON = "application/json"
_BINARY = "application/octet-stream"


class Pages:
    """The routes of one editor.

    Parameters
    ----------
    room
        What is asked.
    keys
        The secrets of the server.
    host
        What only the folder of a run can do: context layers, exports.
    lang
        Language to open in.
    """

    def __init__(self, room: Room, keys: Keys, *, host: Host, lang: str = "en") -> None:
        self.room, self.keys, self.host, self.lang = room, keys, host, lang
        self.atlas = Atlas(room.editor.ground)
        _ = room.editor.ground.boxes  # turned into degrees once, before two threads may ask
        self.sockets: dict[Any, tuple[str, asyncio.Queue[Json | None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        room.listen(self._spread)
        self._responses = need("starlette.responses", why="to open the editor")

    def app(self) -> Guard:
        """Make the application, guarded."""
        routing = need("starlette.routing", why="to open the editor")
        applications = need("starlette.applications", why="to open the editor")
        r, w = routing.Route, routing.WebSocketRoute
        get: dict[str, Callable[[Any], Any]] = {
            "/api/session": self.session,
            "/api/plan": lambda q: self.room.plan(self._name(q)),
            "/api/comments": lambda _: self.room.comments(),
            "/api/history": lambda q: self.room.steps(self._name(q)),
            "/api/compare": self.compare,
            "/api/jobs/{job}": lambda q: {
                "ok": True, "job": self.room.jobs.get(q.path_params["job"]).to_json(),
            },
        }  # fmt: skip
        post: dict[str, Callable[[Any, Json], Json]] = {
            "/api/do": lambda q, b: self.room.do(_window(q), b),
            "/api/jobs": lambda q, b: self.room.jobs.start(_window(q), b),
            "/api/jobs/{job}/cancel": lambda q, _: self.room.jobs.stop(q.path_params["job"]),
            "/api/import/{number}": lambda q, b: self.host.adopt(
                _window(q), q.path_params["number"], b
            ),
        }
        raw: dict[str, Callable[[Any], Awaitable[Any]]] = {
            "/api/outlines": self.outlines,
            "/api/units": self.units,
            "/api/context/{layer}": self.context,
            "/api/exports/{job}/{file}": self.export_file,
            "/api/plan.csv": self.plan_csv,
            "/api/review.html": self.review,
        }
        routes = [r("/", self._safe(self.page)), r("/static/{name}", self._safe(self.static))]
        routes += [r(path, self._safe(self._getter(f)), methods=["GET"]) for path, f in get.items()]
        routes += [r(path, self._safe(f), methods=["GET"]) for path, f in raw.items()]
        routes += [r("/api/import", self._safe(self.upload), methods=["POST"])]
        routes += [
            r(path, self._safe(self._poster(f)), methods=["POST"]) for path, f in post.items()
        ]
        routes += [w("/ws", self.socket)]
        gone = {404: self._unknown, 405: self._unknown}
        return Guard(applications.Starlette(routes=routes, exception_handlers=gone), self.keys)

    # ------------------------------------------------------------------ shapes of routes
    def _getter(self, ask: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Any]]:
        async def route(request: Any) -> Any:
            return self._json(ask(request))

        return route

    def _poster(self, do: Callable[[Any, Json], Json]) -> Callable[[Any], Awaitable[Any]]:
        async def route(request: Any) -> Any:
            return self._json(do(request, await _body(request)))

        return route

    def _safe(self, route: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        """Turn errors into answers; a person never sees a traceback or a path."""

        async def safe(request: Any) -> Any:
            try:
                return await route(request)
            except Refusal as error:
                refusal = error
            except GridkitError as error:
                refusal = self.host.in_words(error)
            except Exception:  # the last door
                log.exception("%s %s failed", request.method, request.url.path)
                refusal = Refusal(
                    "fault",
                    (
                        "a fault of gridkit; the terminal has the details.",
                        "gridkit 内部错误，详情见终端。",
                    ),
                )
            status, body = body_of(refusal)
            return self._responses.Response(body, status_code=status, media_type=_JSON)

        return safe

    async def _unknown(self, request: Any, error: Exception) -> Any:  # noqa: ARG002  Starlette's shape
        status, body = body_of(unknown("there is no such address.", "没有此地址。"))
        return self._responses.Response(body, status_code=status, media_type=_JSON)

    def _json(self, content: Json) -> Any:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return self._responses.Response(text.encode(), media_type=_JSON)

    def _bytes(self, content: bytes, media_type: str = _BINARY, **headers: str) -> Any:
        return self._responses.Response(content, media_type=media_type, headers=headers)

    # ------------------------------------------------------------------ page
    async def page(self, request: Any) -> Any:
        """Give the page; swap the one-time token for the cookie."""
        if "token" in request.query_params:
            back = self._responses.RedirectResponse("/", status_code=303)
            if self.keys.redeem(token_of(request.url.query)):
                back.set_cookie(
                    self.keys.cookie, self.keys.session, httponly=True, samesite="strict"
                )
            return back
        return self._responses.HTMLResponse(page_html(self.lang))

    async def static(self, request: Any) -> Any:
        """Give the script or the style."""
        name = request.path_params["name"]
        content, kind = static_file(name)
        return self._bytes(content, kind)

    def session(self, request: Any) -> Json:
        """Give what a page needs to begin."""
        facts = self.room.facts(_window(request))
        return {
            **facts,
            "csrf": self.keys.csrf,
            "lang": self.lang,
            "layers": self.host.layers(),
            "has_batch": self.room.jobs.export is not None,
        }

    # ------------------------------------------------------------------ shapes
    def warm(self) -> None:
        """Make the first answers before a browser asks for them: outlines stay in the atlas."""
        with self.room.lock:
            sets = self.atlas.sets(self.room.editor.table(self.room.last).desk, None)
        self.atlas.outlines(sets)

    async def outlines(self, request: Any) -> Any:
        """Give the outlines of grids."""
        name = self._name(request)
        given = request.query_params.get("grids")
        slots = None if given is None else _numbers(given)
        with self.room.lock:
            desk, more = self._desk(name)
            if slots is not None:
                slots = [s for s in slots if 0 <= s < len(desk.grids)]
            sets = self.atlas.sets(desk, slots)
        return self._bytes(await asyncio.to_thread(self.atlas.outlines, sets, **more))

    def _desk(self, name: str) -> tuple[Desk, Json]:
        """Give the plan of a scenario, or one that comparisons show beside it, and where it stands."""
        from gridkit.editor.compare import side_table  # noqa: PLC0415  only when compared

        editor = self.room.editor
        if name.startswith("@"):
            return side_table(editor, name).desk, {"scenario": name, "revision": 0, "step": 0}
        own = editor.history.scenario(name)
        where = {"scenario": name, "revision": own.revision, "step": own.head}
        return editor.table(name).desk, where

    async def units(self, request: Any) -> Any:
        """Give units and their borders."""
        wanted = self._wanted(request)
        return self._bytes(await asyncio.to_thread(self.atlas.units, wanted))

    def _wanted(self, request: Any) -> IntArray:
        g, query = self.room.editor.ground, request.query_params
        if query.get("all"):
            return np.arange(g.n, dtype=np.int64)
        if "grid" in query:
            slots = [s for text in query.getlist("grid") for s in _numbers(text)]
            with self.room.lock:
                base = self.room.editor.table(self._name(request)).desk.base
                return np.flatnonzero(np.isin(base, slots)).astype(np.int64)
        places = [c for text in query.getlist("community") for c in _numbers(text)]
        if not places or not all(0 <= c < len(g.community_ids) for c in places):
            raise unknown("name a community there is.", "请指明存在的社区。")
        return np.flatnonzero(np.isin(g.of, places)).astype(np.int64)

    async def context(self, request: Any) -> Any:
        """Give a layer of the background."""
        key = request.path_params["layer"]
        return self._bytes(await asyncio.to_thread(self.host.layer, key))

    # ------------------------------------------------------------------ plans
    def compare(self, request: Any) -> Json:
        """Put two scenarios side by side."""
        from gridkit.editor.compare import compare  # noqa: PLC0415  only when asked

        query = request.query_params
        with self.room.lock:
            return compare(self.room.editor, query.get("a", ""), query.get("b", ""))

    async def plan_csv(self, request: Any) -> Any:
        """Give the plan as a file."""
        with self.room.lock:
            frame = self.room.editor.plan(self._name(request)).to_frame()
        return self._bytes(csv_bytes(frame), "text/csv", **_download("plan.csv"))

    async def review(self, request: Any) -> Any:
        """Give one page that others open from disk."""
        lang = "zh" if request.query_params.get("lang") == "zh" else "en"
        with self.room.lock:
            name = self._name(request)
            plan = self.room.editor.plan(name)
            state = self.room.plan(name)
            comments = self.room.comments()["comments"]
        page = await asyncio.to_thread(self.host.review, plan, state, comments, lang)
        return self._bytes(page.encode(), "text/html", **_download("review.html"))

    async def export_file(self, request: Any) -> Any:
        """Give a file of an export, by the names the job listed."""
        job = self.room.jobs.get(request.path_params["job"])
        name = request.path_params["file"]
        if name not in job.files or job.folder is None:
            raise unknown("there is no such file.", "没有此文件。")
        content = await asyncio.to_thread((job.folder / name).read_bytes)
        return self._bytes(content, _BINARY, **_download(name))

    async def upload(self, request: Any) -> Any:
        """Read a plan that somebody sends, and say how it fits."""
        query = request.query_params
        content = await request.body()
        name = query.get("name", "plan.csv")
        return self._json(await asyncio.to_thread(self.host.examine, name, content))

    def _name(self, request: Any) -> str:
        """Give the scenario that is asked for: by name, or the one that the window looks at."""
        given = request.query_params.get("scenario")
        return str(given) if given is not None else self.room.window(_window(request)).scenario

    # ------------------------------------------------------------------ live
    def _spread(self, message: Json, but: str | None) -> None:
        """Put a message into the queue of every live window, from any thread."""
        if self._loop is None or self._loop.is_closed():
            return

        def put() -> None:
            for window, queue in list(self.sockets.values()):
                if window != but:
                    queue.put_nowait(message)

        self._loop.call_soon_threadsafe(put)

    async def socket(self, socket: Any) -> None:
        """Keep a window told."""
        self._loop = asyncio.get_running_loop()
        window = socket.query_params.get("window", "")
        if not _WINDOW.fullmatch(window) or len(self.sockets) >= 64:
            await socket.close(code=4400)
            return
        await socket.accept(
            subprotocol="gridkit" if "gridkit" in socket.scope.get("subprotocols", ()) else None
        )
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self.sockets[socket] = window, queue
        try:
            await socket.send_json(self.room.arrive(window))
            hear = asyncio.create_task(self._hear(socket, window, queue))
            try:
                while (message := await queue.get()) is not None:
                    await socket.send_json(message)
            finally:
                hear.cancel()
        except (_gone(), RuntimeError, OSError):  # the window is gone
            pass
        finally:
            del self.sockets[socket]
            self.room.leave(window)

    async def _hear(self, socket: Any, window: str, queue: asyncio.Queue[Json | None]) -> None:
        """Hear a window's pings until it is gone."""
        try:
            while True:
                text = await socket.receive_text()
                if len(text) > 1000:
                    break
                self.room.window(window)
        except (_gone(), RuntimeError, KeyError):
            pass
        queue.put_nowait(None)

    async def good_bye(self) -> None:
        """Let every window go."""
        for _, queue in self.sockets.values():
            queue.put_nowait(None)


def _gone() -> type[Exception]:
    """Give what Starlette raises when the other end is closed."""
    error: type[Exception] = need(
        "starlette.websockets", why="to open the editor"
    ).WebSocketDisconnect
    return error


def _window(request: Any) -> str:
    own: str = request.headers.get("x-gridkit-window", "")
    if not _WINDOW.fullmatch(own):
        raise bad(
            "the header X-Gridkit-Window must have 8 to 64 letters, digits, '-' or '_'.",
            "请求头 X-Gridkit-Window 应为 8 至 64 个字母、数字、“-”或“_”。",
        )
    return own


def _numbers(text: str) -> list[int]:
    parts = [t for t in text.split(",") if t]
    if len(text) > 200_000 or not all(re.fullmatch(r"\d{1,9}", t, re.ASCII) for t in parts):
        raise bad("expected numbers with commas between them.", "应为以逗号分隔的数字。")
    return [int(t) for t in parts]


async def _body(request: Any) -> Json:
    raw = await request.body()
    if len(raw) > MAX_BODY:  # pragma: no cover  the guard has counted
        raise bad("too large.", "过大。")
    try:
        content = json.loads(raw, parse_constant=_no_constant)
        if b"\\ud" in raw.lower():  # half a character can be written in JSON, but in no file
            json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise bad("the body is not JSON.", "请求内容不是 JSON。") from error
    if not isinstance(content, dict):
        raise bad("the body must be a JSON object.", "请求内容应为 JSON 对象。")
    return content


def _no_constant(name: str) -> float:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _download(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
