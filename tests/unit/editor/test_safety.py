"""Is nothing lost? Torn lines, killed servers, second processes, stale windows, long histories."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gridkit.editor.refusal import Refusal
from gridkit.editor.room import Room
from gridkit.errors import InputError
from tests.editor_table import finished, new_editor, new_room

ROOT = Path(__file__).resolve().parents[3]
STROKES = """
import itertools, sys
from pathlib import Path
from tests.editor_table import new_editor
editor = new_editor(Path(sys.argv[1]))
print("open", flush=True)
for i in itertools.count():
    to = (int(editor.table("main").desk.base[i % 48]) + 1) % 4
    editor.do({"kind": "assign", "units": [i % 48], "to": to})
    print(i + 1, editor.hash(), flush=True)
"""


def child(folder: Path) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", STROKES, str(folder)],
        env=env, cwd=ROOT, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip


def test_kill_in_mid_stroke_loses_at_most_one_operation(tmp_path):
    own = child(tmp_path)
    assert own.stdout is not None
    assert own.stdout.readline() == "open\n"
    with pytest.raises(InputError, match="--fork"):  # meanwhile nobody else may write
        new_editor(tmp_path)
    follower = new_editor(tmp_path, is_read_only=True)
    said = [own.stdout.readline() for _ in range(25)]
    own.send_signal(signal.SIGKILL)
    said += own.stdout.readlines()
    own.wait(timeout=20)
    own.stdout.close()
    hashes = dict(line.split() for line in said if len(line.split()) == 2 and len(line) > 60)
    told = max(map(int, hashes))
    again = new_editor(tmp_path)
    kept = len(again.history.steps) - 1
    assert told <= kept <= told + 1
    again.do({"kind": "goto", "step": told})
    assert again.hash() == hashes[str(told)]
    follower.catch_up()
    follower.follow("main")
    assert follower.hash() == again.hash()
    again.close()
    follower.close()


@pytest.mark.parametrize("tail", [b'{"t":"step","n"', b"{}\n", b"\xff\xfe\n", b"\n"])
def test_torn_last_line_is_cut_off(tmp_path, tail):
    editor = new_editor(tmp_path)
    editor.do({"kind": "assign", "units": [3], "to": 0})
    want = editor.hash()
    editor.close()
    log = tmp_path / "log.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + tail)
    again = new_editor(tmp_path)
    assert again.hash() == want
    assert log.read_bytes() == whole
    again.do({"kind": "undo"})
    again.close()


def test_damage_in_the_middle_is_an_error_that_names_the_line(tmp_path):
    editor = new_editor(tmp_path)
    for unit in (3, 11):
        editor.do({"kind": "assign", "units": [unit], "to": 0})
    editor.close()
    log = tmp_path / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"assign", b"assigm")
    log.write_bytes(b"".join(lines))
    with pytest.raises(InputError, match=r"line 3 of 4 .* is damaged"):
        new_editor(tmp_path)


def test_snapshot_with_a_wrong_hash_is_not_trusted(tmp_path):
    editor = new_editor(tmp_path)
    editor.do({"kind": "assign", "units": [3], "to": 0})
    want = editor.hash()
    editor.close()
    path = tmp_path / "snapshot.json"
    text = path.read_text()
    path.write_text(text.replace('"base":[2', '"base":[1', 1))
    assert path.read_text() != text
    again = new_editor(tmp_path)
    assert again.hash() == want
    again.close()


def test_stale_revision_is_refused_and_told_the_present_one():
    room = new_room()
    stroke = {"scenario": "main", "revision": 0, "op": {"kind": "assign", "units": [3], "to": 0}}
    room.do("window-1", stroke)
    before = room.editor.hash()
    with pytest.raises(Refusal, match="changed meanwhile") as refusal:
        room.do("window-1", {**stroke, "op": {"kind": "assign", "units": [11], "to": 0}})
    assert refusal.value.code == "stale"
    assert refusal.value.facts["revision"] == 1
    assert room.editor.hash() == before


def test_second_window_is_told_and_can_fork_or_take_the_pen():
    room = new_room()
    room.arrive("window-1")
    room.arrive("window-2")
    stroke = {"scenario": "main", "revision": 0, "op": {"kind": "assign", "units": [3], "to": 0}}
    with pytest.raises(Refusal, match="another window") as refusal:
        room.do("window-2", stroke)
    assert refusal.value.code == "pen"
    room.do("window-2", {"scenario": "main", "op": {"kind": "branch", "name": "mine"}})
    assert room.do("window-2", {**stroke, "scenario": "mine"})["ok"]
    room.do("window-2", {"scenario": "main", "op": {"kind": "pen", "action": "take"}})
    assert room.do("window-2", stroke)["ok"]


def test_who_follows_hears_of_every_step_and_may_not_write(tmp_path):
    editor = new_editor(tmp_path)
    room = Room(new_editor(tmp_path, is_read_only=True), is_read_only=True)
    heard = []
    room.listen(lambda message, _: heard.append(message))
    room.catch_up()
    assert heard == []
    editor.do({"kind": "assign", "units": [3], "to": 0})
    editor.comment("main", 0, "why?")
    editor.branch("other")
    editor.do({"kind": "assign", "units": [11], "to": 0}, scenario="other")
    room.catch_up()
    assert {m["type"] for m in heard} == {"scenarios", "comments", "change"}
    for name in ("main", "other"):
        assert room.editor.hash(name) == editor.hash(name)
    editor.delete("other")
    room.catch_up()
    assert list(room.editor.history.scenarios) == ["main"]
    for op in ({"kind": "assign", "units": [3], "to": 1}, {"kind": "branch", "name": "x"}):
        with pytest.raises(Refusal, match="only follows"):
            room.do("window-1", {"scenario": "main", "revision": 1, "op": op})
    with pytest.raises(Refusal, match="only follows"):
        finished(room, "window-1", kind="repair")
    editor.close()


def test_half_a_line_of_another_process_is_waited_for(tmp_path):
    editor = new_editor(tmp_path)
    editor.do({"kind": "assign", "units": [3], "to": 0})
    log = tmp_path / "log.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole[:-20])
    follower = new_editor(tmp_path, is_read_only=True)
    assert len(follower.history.steps) == 1
    log.write_bytes(whole)
    assert follower.catch_up() == ["main"]
    follower.follow("main")
    assert follower.hash() == editor.hash()
    editor.close()


def test_replay_without_a_snapshot_gives_the_same_hash(tmp_path, monkeypatch):
    """10,000 steps are timed in benchmarks/editor/engine.py."""
    monkeypatch.setattr("gridkit.editor.log.os.fsync", lambda _: None)
    editor, own = new_editor(tmp_path), np.random.default_rng(1)
    for _ in range(200):
        editor.do(
            {"kind": "assign", "units": [int(own.integers(48))], "to": int(own.integers(-1, 4))}
        )
    want, n = editor.hash(), len(editor.history.steps)
    editor.close()
    (tmp_path / "snapshot.json").unlink()
    again = new_editor(tmp_path)
    assert (again.hash(), len(again.history.steps)) == (want, n)
    again.do({"kind": "goto", "step": 0})
    assert again.hash() == new_editor().hash()
    again.close()
