"""What leaves the editor, does it stop when it is told to, and does a notebook get its plan back?"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import gridkit as gk
from gridkit.editor.room import Room
from gridkit.errors import InputError
from gridkit.web.host import Host
from gridkit.web.serve import Server, edit_folder, open_folder
from tests.cli.conftest import write_town
from tests.editor_table import finished, new_editor, small_plan

ROOT = Path(__file__).resolve().parents[3]
SERVE = """
import os, sys
from pathlib import Path
from gridkit.web.host import Host
from gridkit.web.serve import Server
from tests.editor_table import new_room
for how in sys.argv[2:]:  # all is loaded once, then there is a process for each
    if os.fork() == 0:
        room = new_room(Path(sys.argv[1]) / how)
        room.editor.do({"kind": "assign", "units": [3], "to": 0})
        Server(room, Host(room)).run(on_ready=lambda url: print(how, os.getpid(), url, flush=True))
        sys.exit()
for _ in sys.argv[2:]:
    pid, status = os.wait()
    print(pid, os.waitstatus_to_exitcode(status), flush=True)
"""


def is_open(port):
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


# ------------------------------------------------------------------ the end
@pytest.fixture
def servers(tmp_path):
    """One server for each way to end it; what they say, and with which code they end."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SERVE, str(tmp_path), "SIGINT", "SIGTERM", "SIGKILL"]
    with subprocess.Popen(command, env=env, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as own:  # fmt: skip
        yield own.stdout
        if own.poll() is None:
            os.killpg(own.pid, signal.SIGKILL)


def test_nothing_listens_after_exit(tmp_path, servers):
    for line in [servers.readline() for _ in range(3)]:
        found = re.fullmatch(r"(SIG\w+) (\d+) http://127\.0\.0\.1:(\d+)/\S+\n", line)
        assert found, line
        how, pid, port = found.groups()
        assert is_open(int(port)), how
        os.kill(int(pid), getattr(signal, how))
        code = -signal.SIGKILL if how == "SIGKILL" else 0
        assert servers.readline() == f"{pid} {code}\n", how
        assert not is_open(int(port)), how
        if how != "SIGKILL":
            assert (tmp_path / how / "snapshot.json").is_file(), "saved on the way out"
        again = new_editor(tmp_path / how)
        assert len(again.history.steps) == 2
        again.close()


def test_nothing_listens_after_closing_or_when_nobody_comes(tmp_path):
    editor = gk.edit(small_plan())
    port = int(re.search(r":(\d+)/", editor.url).group(1))
    assert is_open(port)
    editor.close()
    assert not is_open(port)
    room = Room(new_editor(tmp_path))
    lonely = Server(room, Host(room), idle_s=0.3).start()
    end = time.monotonic() + 120
    while is_open(lonely.port) and time.monotonic() < end:
        time.sleep(0.1)
    assert not is_open(lonely.port)
    lonely.stop()


# ------------------------------------------------------------------ where it listens
@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.8.8.8"])
def test_a_name_of_this_machine_is_listened_to_and_answered(address):
    room = Room(new_editor())
    server = Server(room, Host(room), address=address).start()
    try:
        assert server.url.startswith(f"http://{address}:{server.port}/?token=")
        assert f"{address}:{server.port}" in server.keys.netlocs
        assert is_open(server.port) or address == "127.8.8.8"
    finally:
        server.stop()


def test_a_name_of_another_machine_needs_flag_and_password(tmp_path):
    with pytest.raises(InputError, match="add --allow-network and --password"):
        edit_folder(tmp_path, address="planning-office.example", open_browser=False)


# ------------------------------------------------------------------ out
@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A run of a small town, opened for editing; grid 0 is named, coded, noted, locked and commented on."""
    folder = write_town(tmp_path_factory.mktemp("town"))
    gk.run_job(gk.Job(config=folder / "town.toml", out=folder / "out"))
    room, host, lang = open_folder(folder / "out", config=folder / "town.toml")
    assert lang == "en"
    for op in (
        {"kind": "rename", "grid": 0, "name": "Old harbour 旧港"},
        {"kind": "code", "grid": 0, "code": "004012"},
        {"kind": "note", "grid": 0, "text": "bridge closes\nin winter"},
        {"kind": "lock", "grids": [0]},
    ):
        room.editor.do(op)
    room.editor.comment("main", 0, "<b>why</b> here?", by="Wang")
    yield folder, room, host
    room.close()


def test_an_export_is_what_a_run_writes_file_by_file_with_names_notes_and_locks(opened):
    folder, room, _ = opened
    done = finished(room, "window-1", kind="export", name="../方案 A")
    assert (done.state, done.error) == ("done", None)
    assert done.folder.parent == folder / "out" / "edit" / "exports"
    plan = folder / "out" / "plan.csv"
    gk.run_job(gk.Job(config=folder / "town.toml", plan=plan, out=folder / "again"))
    want = {p.name: p for p in (folder / "again").iterdir() if p.is_file()}
    got = {p.name: p for p in done.folder.iterdir() if p.is_file()}
    assert set(got) - set(want) == {"edits.csv", "review.html"}
    assert set(want) <= set(got)
    named = {"run.json", "base_grids.geojson", "plan.gpkg", "map.html", "report.html"}
    assert [
        n for n in sorted(want) if n not in named and got[n].read_bytes() != want[n].read_bytes()
    ] == []
    grids, bare = (
        json.loads(at["base_grids.geojson"].read_text("utf-8"))["features"] for at in (got, want)
    )
    assert grids[0]["properties"]["name"] == "Old harbour 旧港"
    for g in (*grids, *bare):
        g["properties"].pop("name")
    assert grids == bare
    assert not list(done.folder.parent.glob(".*")), "nothing is left lying about"
    table = pd.read_csv(done.folder / "edits.csv", dtype=str, keep_default_na=False)
    first = table.iloc[0]
    assert (first["name"], first["code"], first["locked"]) == ("Old harbour 旧港", "004012", "yes")
    assert (first["note"], first["comments"]) == (
        "bridge closes\nin winter",
        "Wang: <b>why</b> here?",
    )
    assert len(table) == len(room.editor.plan().levels[0])
    assert set(table["locked"][1:]) == {"no"}


# ------------------------------------------------------------------ a notebook
CELLS = (
    """import gridkit as gk
from gridkit.rules import GridCount
town = gk.make_town(60, seed=1)
plan = gk.solve(town, gk.Rules(grids=GridCount(total=3)), prove=False, seed=1).plan
editor = gk.edit(plan)
editor""",
    """import json, re, urllib.request  # what the page in the frame does
port, key = re.search(r':(\\d+)/\\?embed=1#key=([^"]+)', editor._repr_html_()).groups()
def ask(path, body=None, **more):
    head = {"X-Gridkit-Key": key, "X-Gridkit-Window": "window-in-a-frame", "Origin": f"http://127.0.0.1:{port}",
            "Content-Type": "application/json", **more}
    data = None if body is None else json.dumps(body).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, head)))
csrf = ask("/api/session")["csrf"]
unit, to = 0, int(plan.base[0] + 1) % 3
said = ask("/api/do", {"scenario": "main", "revision": 0, "op": {"kind": "assign", "units": [unit], "to": to}},
           **{"X-Gridkit-CSRF": csrf})""",
    """edited = editor.plan
assert edited.base[unit] == to and plan.base[unit] != to
print(type(edited).__name__, int((edited.base != plan.base).sum()), "unit moved")""",
    """editor.close()
editor""",
)


def test_a_notebook_shows_the_editor_and_gets_the_edited_plan_back(tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="the extra `notebook` is not installed")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    client = nbclient.NotebookClient(
        book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    shown, _, printed, closed = (c.outputs for c in book.cells)
    assert "<iframe src=" in shown[-1]["data"]["text/html"]
    assert printed[0]["text"] == "Plan 1 unit moved\n"
    assert "closed" in closed[-1]["data"]["text/html"]


def test_the_review_page_holds_all_that_was_said(opened):
    _, room, host = opened
    state = {**room.plan("main"), **room.comments()}
    for lang, words in (("en", "Old harbour 旧港"), ("zh", "检查结果")):
        page = host.review(room.editor.plan(), state, state["comments"], lang)
        assert words in page or words in _inside(page)
        head = _inside(page)
        for said in ("bridge closes", "Wang: <b>why</b> here?", "Old harbour 旧港", "004012"):
            assert said in head, said
        assert "<b>why" not in page, "what people wrote is never part of the page's code"
        assert not re.findall(r"src=\"(?!data:|#)[^\"]+", page)


def _inside(page):
    """Read the data packed into a page."""
    packed = max(re.findall(r">([A-Za-z0-9+/=\s]{200,})<", page), key=len)
    raw = zlib.decompress(base64.b64decode(packed))
    (size,) = struct.unpack("<I", raw[:4])
    return json.dumps(json.loads(raw[4 : 4 + size]), ensure_ascii=False).replace("\\n", "\n")


# ------------------------------------------------------------------ in, and around
@pytest.mark.parametrize("name", ["plan.csv", "base_grids.geojson", "plan.gpkg"])
def test_a_plan_comes_back_in_from_every_format_a_run_writes(opened, name):
    folder, room, host = opened
    found = host.examine(name, (folder / "out" / name).read_bytes())
    n = len(room.editor.ground.town.units)
    assert (found["report"]["matched"], found["report"]["n_missing"]) == (n, 0)
    change = host.adopt("window-1", found["import"], {"as": f"from {name}"})
    assert change["scenario"] == f"from {name}"
    assert change["units"] == [], "the same plan again"
    np.testing.assert_array_equal(
        room.editor.table(f"from {name}").desk.base, room.editor.ground.opened.base
    )


def test_every_background_layer_there_is_comes_with_something_in_it(opened):
    _, _, host = opened
    keys = {layer["key"] for layer in host.layers()}
    assert {"density", "objects", "hazards", "hotspots", "posts", "homes"} <= keys
    for key in keys:
        raw = zlib.decompress(host.layer(key))
        (size,) = struct.unpack("<I", raw[:4])
        layers = json.loads(raw[4 : 4 + size])["layers"]
        assert layers, key
        assert layers[0]["kind"] == "image" or layers[0]["n"] > 0, key
