from __future__ import annotations

import pytest

from gridkit.batch.stage import check_folder, staged
from gridkit.errors import InputError

NAMES = ("a.csv", "b.csv")


def fail_after_writing(folder, text, trouble):
    (folder / "a.csv").write_text(text)
    raise trouble


def test_files_appear_together_when_the_block_ends(tmp_path):
    out = tmp_path / "deep" / "out"
    with staged(out, NAMES) as folder:
        (folder / "a.csv").write_text("1")
        assert not out.exists()
    assert [p.name for p in out.iterdir()] == ["a.csv"]
    assert [p.name for p in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("trouble", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_when_the_block_fails(tmp_path, trouble):
    out = tmp_path / "out"
    with pytest.raises(trouble), staged(out, NAMES) as folder:
        fail_after_writing(folder, "half", trouble())
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_run_is_replaced_whole_and_strangers_stay(tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("a.csv", "b.csv", "mine.txt"):
        (tmp_path / "out" / name).write_text("old")
    with staged(tmp_path / "out", NAMES) as folder:
        (folder / "a.csv").write_text("new")
    assert {p.name: p.read_text() for p in (tmp_path / "out").iterdir()} == {
        "a.csv": "new",
        "mine.txt": "old",
    }


def test_an_earlier_run_stays_when_the_new_one_fails(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.csv").write_text("old")
    with pytest.raises(ValueError, match="no"), staged(tmp_path / "out", NAMES) as folder:
        fail_after_writing(folder, "new", ValueError("no"))
    assert (tmp_path / "out" / "a.csv").read_text() == "old"


def test_results_are_not_overwritten_unless_asked(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(
        InputError, match=r"already holds 1 files of an earlier run \('a.csv'\).*--overwrite"
    ):
        check_folder(tmp_path, NAMES, overwrite=False)
    check_folder(tmp_path, NAMES, overwrite=True)
    check_folder(tmp_path / "new", NAMES, overwrite=False)


def test_a_file_instead_of_a_folder_is_refused(tmp_path):
    (tmp_path / "f").write_text("")
    with pytest.raises(InputError, match="is a file; --out needs a folder"):
        check_folder(tmp_path / "f", NAMES, overwrite=True)
