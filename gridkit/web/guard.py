"""Who may talk to the server? One page of our own, on this machine, with the key it was given.

Checks stand in one place, before any route: host, origin, cookie or key, type and token of changes,
rate and size. Answers carry a strict policy for the page.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from gridkit.editor.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from gridkit.maps.texts import Pair

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 5_000_000
"""Bytes of a change: a stroke over 100,000 units has 700,000."""
MAX_UPLOAD = 100_000_000
"""Bytes of an imported plan."""
MAX_RATE = 50
"""Changes in one second."""
MOST_WRONG, WAIT_S = 5, 60.0
"""Wrong passwords, and the seconds in which so many end all guessing."""
MAX_ASKED = 400
"""Requests of any kind in one second."""
UPLOADS = ("/api/import",)
SAFE = ("GET", "HEAD")
OPEN = ("/", "/static/edit.js", "/static/edit.css")
"""What holds no data and needs no cookie."""


@dataclass(slots=True, kw_only=True)
class Keys:
    """The secrets of one server.

    Parameters
    ----------
    port
        It listens on this port.
    hosts
        Names that this machine is asked by.
    password
        Only with another host than this machine: takes the place of the one-time token.
    frames
        Whether a notebook on this machine may show the page.
    """

    port: int
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    password: str | None = None
    frames: bool = False
    token: str | None = field(default_factory=lambda: secrets.token_urlsafe(32))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _wrong: deque[float] = field(default_factory=deque)

    @property
    def cookie(self) -> str:
        """Name of the cookie; cookies do not tell ports apart."""
        return f"gridkit_{self.port}"

    @property
    def netlocs(self) -> tuple[str, ...]:
        """What may stand in Host."""
        return tuple(f"{h}:{self.port}" for h in self.hosts)

    @property
    def origins(self) -> tuple[str, ...]:
        """What may stand in Origin."""
        return tuple(f"http://{n}" for n in self.netlocs)

    def redeem(self, given: str) -> bool:
        """Take the one-time token, or the password, which works for everybody who knows it.

        After `MOST_WRONG` wrong passwords none is taken for `WAIT_S`.
        """
        if self.password is None:
            if self.token is not None and same(given, self.token):
                self.token = None
                return True
            return False
        now = time.monotonic()
        while self._wrong and self._wrong[0] < now - WAIT_S:
            self._wrong.popleft()
        if len(self._wrong) >= MOST_WRONG:
            return False
        if same(given, self.password):
            return True
        self._wrong.append(now)
        return False

    def address(self, name: str) -> str:
        """Give the address to open, with a token that has not been used."""
        if self.token is None:
            self.token = secrets.token_urlsafe(32)
        secret = self.token if self.password is None else quote(self.password, safe="")
        return f"http://{name}:{self.port}/?token={secret}"


def same(a: str, b: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(a.encode("utf-8", "surrogateescape"), b.encode())


class Guard:
    """The checks before every route.

    Parameters
    ----------
    app
        What is guarded.
    keys
        The secrets.
    """

    def __init__(self, app: App, keys: Keys) -> None:
        self.app, self.keys = app, keys
        self._asked: deque[float] = deque()
        self._changed: deque[float] = deque()
        self.last = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        self.last = time.monotonic()
        headers = _headers(scope)
        try:
            if scope["type"] == "websocket":
                self._check_socket(scope, headers)
            else:
                self._check(scope, headers)
        except Refusal as error:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 4403, "reason": error.code})
            else:
                await _answer(error, scope, self._policy(send))
            return
        if scope["type"] == "http":
            limit = MAX_UPLOAD if scope["path"].startswith(UPLOADS) else MAX_BODY
            await self._limited(scope, receive, self._policy(send), limit)
        else:
            await self.app(scope, receive, send)

    # ------------------------------------------------------------------ checks
    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        method, path = scope["method"], scope["path"]
        self._check_host(headers)
        self._check_rate(change=method not in SAFE)
        origin = headers.get("origin")
        if origin is not None and origin not in self.keys.origins:
            raise _no_origin()
        if method not in SAFE and origin is None:
            raise _no_origin()
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and (
            path not in OPEN or method not in SAFE
        ):
            raise _no_origin()
        if path in OPEN and method in SAFE:
            return
        self._check_login(headers, headers.get("x-gridkit-key"))
        if method in SAFE:
            return
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        upload = path == "/api/import"
        if kind != ("application/octet-stream" if upload else "application/json"):
            raise Refusal("type", ("a change is sent as JSON.", "修改应以 JSON 发送。"))
        if not same(headers.get("x-gridkit-csrf", ""), self.keys.csrf):
            raise Refusal("csrf", ("the request lacks the page's token.", "请求缺少页面令牌。"))

    def _check_socket(self, scope: Scope, headers: dict[str, str]) -> None:
        self._check_host(headers)
        self._check_rate(change=False)
        if headers.get("origin") not in self.keys.origins:
            raise _no_origin()
        offered = [p for p in scope.get("subprotocols", ()) if p.startswith("key.")]
        self._check_login(headers, offered[0][4:] if offered else None)

    def _check_host(self, headers: dict[str, str]) -> None:
        if headers.get("host", "") not in self.keys.netlocs:
            raise Refusal(
                "origin", ("this server is not known by that name.", "服务器不接受此主机名。")
            )

    def _check_login(self, headers: dict[str, str], key: str | None) -> None:
        if key is not None and self.keys.frames and same(key, self.keys.key):
            return
        if not same(_cookie(headers.get("cookie", ""), self.keys.cookie), self.keys.session):
            raise Refusal(
                "login",
                (
                    "this page is not logged in; open the address that `gridkit edit` printed.",
                    "此页面未登录，请打开 gridkit edit 显示的地址。",
                ),
            )

    def _check_rate(self, *, change: bool) -> None:
        now = time.monotonic()
        for times, most in (
            (self._asked, MAX_ASKED),
            *([(self._changed, MAX_RATE)] if change else []),
        ):
            while times and times[0] < now - 1.0:
                times.popleft()
            if len(times) >= most:
                raise Refusal("rate", ("too many requests in one second.", "一秒内请求过多。"))
            times.append(now)

    async def _limited(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        """Pass a request on, but no more of its body than allowed."""
        declared = _headers(scope).get("content-length", "0")
        if not declared.isascii() or not declared.isdigit() or int(declared) > limit:
            await _answer(_too_large(limit), scope, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
            return message

        await self.app(scope, counted, send)

    def _policy(self, send: Send) -> Send:
        """Add the headers that keep the page to itself."""
        # Browsers know no address in brackets here; from such a page 'self' covers the socket.
        ws = " ".join(f"ws://{n}" for n in self.keys.netlocs if not n.startswith("["))
        frames = "http://localhost:* http://127.0.0.1:*" if self.keys.frames else "'none'"
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
            f"connect-src 'self' {ws}; base-uri 'none'; form-action 'none'; frame-ancestors {frames}"
        )

        async def more(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {k.lower() for k, _ in message.get("headers", ())}
                added = [
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                    (b"cross-origin-resource-policy", b"same-origin"),
                    (b"cache-control", b"no-store"),
                ]
                if b"content-security-policy" not in names:
                    added.append((b"content-security-policy", policy.encode()))
                if not self.keys.frames:
                    added.append((b"x-frame-options", b"DENY"))
                    added.append((b"cross-origin-opener-policy", b"same-origin"))
                kept = [h for h in message.get("headers", ()) if h[0].lower() != b"server"]
                message = {**message, "headers": [*kept, *added]}
            await send(message)

        return more


STATUS = {
    "bad": 400, "login": 401, "origin": 403, "csrf": 403, "unknown": 404, "stale": 409, "refused": 409,
    "large": 413, "type": 415, "import": 422, "pen": 423, "rate": 429, "fault": 500,
}  # fmt: skip


def body_of(error: Refusal) -> tuple[int, bytes]:
    """Give status and body of a refusal."""
    text = json.dumps(error.to_json(), ensure_ascii=False, allow_nan=False)
    return STATUS.get(error.code, 400), text.encode()


async def _answer(error: Refusal, scope: Scope, send: Send) -> None:
    status, body = body_of(error)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _headers(scope: Scope) -> dict[str, str]:
    """Read headers; a name that stands twice is spoiled, so that no check sees another one than we do."""
    out: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        if key in out:
            text = f"{out[key]}; {text}" if key == "cookie" else "\0twice"
        out[key] = text
    return out


def _cookie(header: str, name: str) -> str:
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def _no_origin() -> Refusal:
    return Refusal("origin", ("the request comes from another page.", "请求来自其他页面。"))


def _too_large(limit: int) -> Refusal:
    text: Pair = (
        f"the request is larger than {limit / 1e6:.0f} MB.",
        f"请求超过 {limit / 1e6:.0f} MB。",
    )
    return Refusal("large", text)


def token_of(query: str) -> str:
    """Read the one-time token of an address."""
    return parse_qs(query).get("token", [""])[0]


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine only."""
    from ipaddress import ip_address  # noqa: PLC0415  only asked at the start

    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
