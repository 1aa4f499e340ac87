"""Who may talk to the server? Each check of docs/editor.md alone, and shapes of attack in numbers."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from starlette.websockets import WebSocketDisconnect

from gridkit.errors import InputError
from gridkit.web import guard
from gridkit.web.app import Pages
from gridkit.web.guard import Keys, is_loopback, token_of
from gridkit.web.host import Host, slug
from gridkit.web.serve import edit_folder
from tests.editor_table import folder_hash, new_room

with (
    warnings.catch_warnings()
):  # Starlette asks for httpx2, which Debian and many mirrors lack; httpx works
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PORT = 8123
HOME = f"http://127.0.0.1:{PORT}"
WINDOW = "window-1"
STROKE = {"scenario": "main", "revision": 0, "op": {"kind": "assign", "units": [3], "to": 1}}
SECRETS = ("Traceback", "gridkit/", "site-packages", "/work", "/tmp", "/home", "File ")


class Desk:
    """A server without a socket, and a browser that is logged in."""

    def __init__(self, folder, *, frames=False):
        self.folder, self.room = folder, new_room(folder)
        self.keys = Keys(port=PORT, frames=frames)
        self.pages = Pages(self.room, self.keys, host=Host(self.room))
        self.app = self.pages.app()
        self.client = TestClient(self.app, base_url=HOME, raise_server_exceptions=False)
        self.client.cookies.set(self.keys.cookie, self.keys.session)

    @property
    def headers(self):
        return {
            "Origin": HOME,
            "Content-Type": "application/json",
            "X-Gridkit-CSRF": self.keys.csrf,
            "X-Gridkit-Window": WINDOW,
        }

    def post(self, path="/api/do", body=STROKE, **changed):
        headers = {k: v for k, v in {**self.headers, **changed}.items() if v is not None}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(path, content=content, headers=headers)

    def stranger(self):
        return TestClient(self.app, base_url=HOME, raise_server_exceptions=False)

    @property
    def state(self):
        return self.room.editor.hash(), folder_hash(self.folder)

    def forget_rate(self):
        self.app._asked.clear()
        self.app._changed.clear()


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path / "out" / "edit")
    yield made
    made.room.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Desk(tmp_path_factory.mktemp("shared") / "edit")
    yield made
    made.room.close()


@pytest.fixture
def calm(shared):
    """One server for all that must change nothing."""
    shared.forget_rate()
    return shared


def code_of(answer):
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_the_right_stroke_is_made(desk):
    answer = desk.post()
    assert answer.status_code == 200
    assert answer.json()["units"] == [3]


# ------------------------------------------------------------------ one check each
@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.evil.example:{PORT}", ""])  # fmt: skip
def test_foreign_host_is_refused(calm, host):
    assert code_of(calm.client.get("/api/session", headers={"Host": host, "X-Gridkit-Window": WINDOW})) == (403, "origin")  # fmt: skip
    assert code_of(calm.post(Host=host)) == (403, "origin")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1:1", f"{HOME}.evil.example", None])  # fmt: skip
def test_foreign_origin_is_refused(calm, origin):
    before = calm.state
    assert code_of(calm.post(Origin=origin)) == (403, "origin")
    assert calm.state == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": f"evil.example:{PORT}", "Origin": HOME},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_socket_refuses_foreign_pages(calm, headers):
    with (
        pytest.raises(WebSocketDisconnect),
        calm.client.websocket_connect(f"ws://127.0.0.1:{PORT}/ws?window={WINDOW}", headers=headers),
    ):
        pass  # pragma: no cover


def test_socket_refuses_who_is_not_logged_in(calm):
    client = calm.stranger()
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"ws://127.0.0.1:{PORT}/ws?window={WINDOW}", headers={"Origin": HOME}),
    ):  # fmt: skip
        pass  # pragma: no cover


def test_socket_tells_a_window_what_others_do(desk):
    with desk.client.websocket_connect(f"ws://127.0.0.1:{PORT}/ws?window=window-2", headers={"Origin": HOME, "Host": f"127.0.0.1:{PORT}"}) as socket:  # fmt: skip
        assert socket.receive_json()["type"] == "hello"
        desk.room.windows["window-2"].scenario = "main"
        assert code_of(desk.post()) == (423, "pen")
        taken = desk.post(body={"scenario": "main", "op": {"kind": "pen", "action": "take"}})
        assert taken.status_code == 200
        assert desk.post().status_code == 200
        kinds = []
        while "change" not in kinds:
            kinds.append(socket.receive_json()["type"])
        assert "windows" in kinds


def test_a_window_that_vanishes_leaves_no_trace(desk):
    class Vanished:
        query_params: ClassVar = {"window": WINDOW}
        scope: ClassVar = {}

        async def accept(self, **_):
            pass

        async def send_json(self, _):
            raise WebSocketDisconnect(code=1006)

    asyncio.run(desk.pages.socket(Vanished()))
    assert desk.pages.sockets == {}
    assert desk.room.windows[WINDOW].n_open == 0


def test_what_names_no_scenario_is_about_the_windows_own(desk):
    desk.post(body={"scenario": "main", "op": {"kind": "branch", "name": "B"}})
    assert (
        desk.client.get("/api/plan", headers={"X-Gridkit-Window": WINDOW}).json()["scenario"] == "B"
    )
    assert (
        desk.client.get("/api/plan?scenario=main", headers=desk.headers).json()["scenario"]
        == "main"
    )


def test_token_is_swapped_for_a_strict_cookie_once(desk):
    token, client = desk.keys.token, desk.stranger()
    first = client.get(f"/?token={token}", follow_redirects=False)
    assert first.status_code == 303
    assert first.headers["location"] == "/"
    cookie = first.headers["set-cookie"].lower()
    assert cookie.startswith(f"gridkit_{PORT}=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert token not in cookie
    second = desk.stranger().get(f"/?token={token}", follow_redirects=False)
    assert "set-cookie" not in second.headers
    wrong = desk.stranger().get("/?token=wrong", follow_redirects=False)
    assert "set-cookie" not in wrong.headers
    assert client.get("/api/session", headers={"X-Gridkit-Window": WINDOW}).status_code == 200


@pytest.mark.parametrize("side", ["main", "@opened", "@current"])
def test_both_sides_of_a_comparison_have_outlines(calm, side):
    head = {"X-Gridkit-Window": WINDOW}
    told = calm.client.get(f"/api/compare?a=main&b={side}", headers=head).json()
    for path in (told["outlines_a"], told["outlines_b"]):
        assert calm.client.get(path, headers=head).status_code == 200, path


@pytest.mark.parametrize("path", ["/api/session", "/api/plan", "/api/units?all=1", "/api/plan.csv", "/api/history", "/api/review.html", "/api/compare?a=main&b=@opened", "/static/other.js"])  # fmt: skip
def test_data_need_the_cookie(calm, path):
    assert code_of(calm.stranger().get(path, headers={"X-Gridkit-Window": WINDOW})) == (401, "login")  # fmt: skip


def test_notebook_key_counts_only_in_a_notebook(desk, tmp_path):
    asked = {"X-Gridkit-Window": WINDOW}
    given = {**asked, "X-Gridkit-Key": desk.keys.key}
    assert desk.stranger().get("/api/session", headers=given).status_code == 401
    framed = Desk(tmp_path / "notebook", frames=True)
    given = {**asked, "X-Gridkit-Key": framed.keys.key}
    assert framed.stranger().get("/api/session", headers=given).status_code == 200
    framed.room.close()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream", "", None])  # fmt: skip
def test_a_change_is_json(calm, kind):
    before = calm.state
    assert code_of(calm.post(**{"Content-Type": kind})) == (415, "type")
    assert calm.state == before


@pytest.mark.parametrize("csrf", [None, "", "wrong", "é"])
@pytest.mark.parametrize("path", ["/api/do", "/api/jobs", "/api/jobs/j1/cancel", "/api/import/i1"])
def test_a_change_needs_the_pages_token(calm, path, csrf):
    before = calm.state
    value = None if csrf is None else csrf.encode("latin-1")
    assert code_of(calm.post(path, **{"X-Gridkit-CSRF": value})) == (403, "csrf")
    assert calm.state == before


@pytest.mark.parametrize("path", ["/", "/api/session", "/api/nothing", "/api/plan.csv"])
def test_every_answer_has_a_policy(calm, path):
    headers = calm.client.get(path, headers={"X-Gridkit-Window": WINDOW}).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


def test_body_at_the_limit_and_one_more(desk, monkeypatch):
    body = json.dumps(STROKE).encode()
    monkeypatch.setattr(guard, "MAX_BODY", len(body))
    before = desk.state
    assert code_of(desk.post(body=body + b" ")) == (413, "large")
    assert code_of(desk.post(body=body, **{"Content-Length": "-1"})) == (413, "large")
    assert desk.state == before
    assert desk.post(body=body).status_code == 200


def test_body_in_pieces_is_counted(desk, monkeypatch):
    body = json.dumps(STROKE).encode()
    monkeypatch.setattr(guard, "MAX_BODY", len(body))
    before = desk.state
    long = desk.client.post("/api/do", content=iter([body, b" "]), headers=desk.headers)
    assert code_of(long) == (413, "large")
    assert desk.state == before
    assert desk.client.post("/api/do", content=iter([body]), headers=desk.headers).status_code == 200  # fmt: skip


def test_changes_a_second_at_the_limit_and_one_more(desk, monkeypatch):
    monkeypatch.setattr(guard.time, "monotonic", lambda: 1000.0)
    nothing = {"scenario": "main", "op": {"kind": "switch"}}
    codes = [desk.post(body=nothing).status_code for _ in range(guard.MAX_RATE + 1)]
    assert codes == [200] * guard.MAX_RATE + [429]
    monkeypatch.setattr(guard.time, "monotonic", lambda: 1001.1)
    assert desk.post(body=nothing).status_code == 200


def test_requests_a_second_at_the_limit_and_one_more(desk, monkeypatch):
    monkeypatch.setattr(guard.time, "monotonic", lambda: 1000.0)
    monkeypatch.setattr(guard, "MAX_ASKED", 20)
    asked = [desk.client.get("/api/comments").status_code for _ in range(21)]
    assert asked == [200] * 20 + [429]


# ------------------------------------------------------------------ in numbers
UPS = ("../", "..\\", "%2e%2e/", "%2e%2e%2f", "..%2f", "..%5c", "%252e%252e%252f", "....//", "..;/", "%c0%ae%c0%ae/", "%uff0e%uff0e/", "/")  # fmt: skip
TARGETS = ("etc/passwd", "log.jsonl", "config", "lock", "windows/win.ini")
SPELLINGS = [up * n + target for up in UPS for target, n in zip(TARGETS, (6, 1, 2, 1, 8), strict=True)]  # fmt: skip


def test_sixty_spellings_of_a_way_out(desk):
    assert len(SPELLINGS) == 60
    desk.post()
    before = desk.state
    log = (desk.folder / "log.jsonl").read_bytes()
    for spelling in SPELLINGS:
        for place in ("/static/", "/api/exports/j1/", "/api/context/"):
            desk.forget_rate()
            answer = desk.client.get(place + spelling, headers={"X-Gridkit-Window": WINDOW})
            assert answer.status_code in (400, 401, 403, 404), (place, spelling)
            assert b"root:" not in answer.content
            assert log not in answer.content
            assert not any(s in answer.text for s in SECRETS), answer.text
        sent = desk.client.post(
            "/api/import",
            params={"name": spelling},
            content=b"not a plan",
            headers={**desk.headers, "Content-Type": "application/octet-stream"},
        )
        assert sent.status_code in (400, 422), spelling
        body = {"scenario": "main", "revision": 1, "job": {"kind": "export", "name": spelling}}
        assert desk.post("/api/jobs", body).status_code == 409  # there is no batch file here
        assert not {"/", "\\", ".", "%"} & set(slug(spelling))
    assert desk.state == before
    assert sorted(p.name for p in desk.folder.parent.rglob("*") if p.is_file()) == ["lock", "log.jsonl"]  # fmt: skip


def _shapes(keys):
    """Thirty requests that another page, or a form of it, could make the browser send."""
    good = {"Origin": HOME, "Content-Type": "application/json", "X-Gridkit-CSRF": keys.csrf, "X-Gridkit-Window": WINDOW}  # fmt: skip
    others = ("http://evil.example", "null", "http://localhost", "file://", f"http://user@127.0.0.1:{PORT}", f"{HOME}/", f"HTTP://127.0.0.1:{PORT}", "")  # fmt: skip
    kinds = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json")  # fmt: skip
    changed = [{"Origin": v} for v in others]
    changed += [{"Sec-Fetch-Site": v} for v in ("cross-site", "same-site", "x")]
    changed += [{"Content-Type": v} for v in kinds]
    out = [("POST", "/api/do", {**good, **c}) for c in changed]
    out += [
        ("POST", "/api/do", {k: v for k, v in good.items() if k != name})
        for name in ("Origin", "Content-Type", "X-Gridkit-CSRF", "X-Gridkit-Window")
    ]
    out += [("POST", "/api/do", {**good, "Host": h}) for h in (f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT}@evil.example")]  # fmt: skip
    out += [(m, "/api/do", good) for m in ("PUT", "PATCH", "DELETE", "OPTIONS", "GET")]
    out.append(("GET", "/api/do?scenario=main&revision=0&op=undo", good))
    out.append(("POST", "/api/do?_method=POST", {**good, "Cookie": "gridkit_8123=wrong"}))
    out.append(("POST", "/", good))
    return out


def test_thirty_requests_of_other_pages(calm):
    shapes = _shapes(calm.keys)
    assert len(shapes) == 30
    before = calm.state
    client = calm.stranger()
    for method, path, headers in shapes:
        calm.forget_rate()
        cookie = headers.get("Cookie", f"{calm.keys.cookie}={calm.keys.session}")
        sent = {**headers, "Cookie": cookie}
        answer = client.request(method, path, content=json.dumps(STROKE).encode(), headers=sent)
        assert answer.status_code in (400, 401, 403, 404, 405, 415), (method, path, headers)
        assert "access-control-allow-origin" not in answer.headers
        assert not any(s in answer.text for s in SECRETS)
    assert calm.state == before


BODIES = [
    b"", b"[]", b"{", b"null", b'{"scenario": 1}', b'{"scenario": "main", "op": []}',
    b'{"scenario": "main", "revision": NaN, "op": {"kind": "assign"}}', b"[" * 20_000,
    b'{"scenario": "main", "revision": true, "op": {"kind": "assign", "units": [3], "to": 1}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": "__class__"}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": ["assign"]}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": "assign", "units": [1e99], "to": 1}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": "assign", "units": [99999999999999999999], "to": 1}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": "assign", "units": [3], "to": 10000000000000000000000}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": "assign", "units": [3], "to": 1, "source": {"a": 1}}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": "rename", "grid": 0, "name": {"a": 1}}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": "goto", "step": -1}}',
    b'{"scenario": "main", "op": {"kind": "resolve", "comment": []}}',
    b'{"scenario": "main", "op": {"kind": "resolve", "comment": {}}}',
    b'{"scenario": "main", "op": {"kind": "comment", "grid": [], "text": "a"}}',
    b'{"scenario": "main", "op": {"kind": "branch", "name": "\\ud800"}}',
    b'{"scenario": "main", "op": {"kind": "branch", "name": "a", "step": 99999999999999999999999}}',
    b'{"scenario": "main", "op": {"kind": "name", "name": "\\ud800"}}',
    b'{"scenario": "main", "op": {"kind": "comment", "grid": -1, "text": "\\udfff"}}',
    b'{"scenario": "\\ud800", "op": {"kind": "switch"}}',
    b'{"scenario": "main", "revision": 0, "op": {"kind": "rename", "grid": 0, "name": "\\ud800"}}',
    b"\xff\xfe", b'{"a": ' * 5000,
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_nonsense_is_answered_in_words_and_changes_nothing(calm, body):
    before = calm.state
    answer = calm.post(body=body)
    assert answer.status_code in (400, 404, 409), answer.text
    assert not any(s in answer.text for s in SECRETS)
    assert set(answer.json()["errors"][0]["text"]) == {"en", "zh"}
    assert calm.state == before


def test_a_fault_shows_no_traceback_and_no_path(calm, monkeypatch):
    def broken(*_):
        msg = "secret in /home/li/town/plan.csv"
        raise ValueError(msg)

    monkeypatch.setattr(calm.room, "do", broken)
    answer = calm.post()
    assert code_of(answer) == (500, "fault")
    assert "secret" not in answer.text
    assert not any(s in answer.text for s in SECRETS)


def test_an_error_of_gridkit_keeps_its_words_without_the_path(calm, monkeypatch):
    def full(*_):
        msg = "cannot write /home/li/town/plan.csv: disk full."
        raise InputError(msg)

    monkeypatch.setattr(calm.room, "do", full)
    assert "disk full" in calm.post().text
    assert "/home" not in calm.post().text


# ------------------------------------------------------------------ other machines
@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "--allow-network"),
        ({"allow_network": True}, "--password"),
        ({"password": "a long enough one"}, "--allow-network"),
        ({"allow_network": True, "password": "short"}, "at least 12"),
    ],
)
def test_other_machines_only_with_flag_and_password(tmp_path, address, more, told):
    with pytest.raises(InputError, match=told):
        edit_folder(tmp_path, address=address, open_browser=False, **more)


def test_every_address_of_a_machine_is_no_address():
    for address in ("0.0.0.0", "::"):
        with pytest.raises(InputError, match="Name the one that others open"):
            edit_folder("out", address=address, allow_network=True, password="a long enough one", open_browser=False)  # fmt: skip


def test_a_password_works_for_all_who_know_it_and_guessing_ends(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("gridkit.web.guard.time.monotonic", lambda: now[0])
    keys = Keys(port=PORT, password="open & say 开门")
    assert keys.redeem("open & say 开门")
    assert keys.redeem("open & say 开门"), "a second person"
    assert token_of(urlsplit(keys.address("10.0.0.7")).query) == "open & say 开门"
    assert not any(keys.redeem(f"guess {i}") for i in range(guard.MOST_WRONG))
    assert not keys.redeem("open & say 开门"), "nobody comes in for a while"
    now[0] += guard.WAIT_S + 1
    assert keys.redeem("open & say 开门")


def test_a_used_address_is_replaced_by_a_fresh_one():
    keys = Keys(port=PORT)
    first = token_of(urlsplit(keys.address("localhost")).query)
    assert keys.redeem(first)
    second = token_of(urlsplit(keys.address("localhost")).query)
    assert not keys.redeem(first)
    assert keys.redeem(second)


def test_what_is_this_machine():
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "127.8.8.8", "[::1]")))
    assert not any(map(is_loopback, ("0.0.0.0", "localhost.evil.example", "10.0.0.1", "2130706433", "")))  # fmt: skip
