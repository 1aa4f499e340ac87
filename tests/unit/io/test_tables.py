import struct

import numpy as np
import pandas as pd
import pytest

from gridkit.errors import GridkitWarning, InputError, SchemaError
from gridkit.io.tables import read_table, to_numbers

IDS = ["007", "1E5", "441900121001001001", "4419001210010010011234567", "厚街００１", " x ", ""]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_ids_stay_the_text_they_are(encoding, mark, tmp_path):
    lines = [mark.join(["编号", "name"]), *[mark.join([i, "店铺"]) for i in IDS]]
    (tmp_path / "a.csv").write_bytes("\r\n".join(lines).encode(encoding))
    frame = read_table(tmp_path / "a.csv")
    assert frame.columns.tolist() == ["编号", "name"]
    assert frame["编号"].tolist() == IDS


def test_ten_thousand_ids_come_back_unharmed(tmp_path):
    rng = np.random.default_rng(1)
    ids = ["".join(rng.choice(list("0123456789E"), 20)) for _ in range(10_000)]
    (tmp_path / "a.csv").write_text("id\n" + "\n".join(ids))
    assert read_table(tmp_path / "a.csv")["id"].tolist() == ids


def test_text_in_no_known_encoding_is_refused_not_guessed(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"id\n\xff\xff\xff\n")
    with pytest.raises(SchemaError, match="neither UTF-8 nor GB18030"):
        read_table(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_bytes("id\n許功蓋\n".encode("big5"))
    assert read_table(tmp_path / "b.csv", encoding="big5")["id"].tolist() == ["許功蓋"]


def test_text_decoded_wrongly_before_is_pointed_out(tmp_path):
    garbled = "厚街镇社区网格员".encode("gbk").decode("latin-1") * 3
    (tmp_path / "a.csv").write_text(f"name\n{garbled}\n", encoding="utf-8")
    with pytest.warns(GridkitWarning, match="decoded wrongly before"):
        read_table(tmp_path / "a.csv")
    (tmp_path / "fr.csv").write_text("nom\n" + "élève à côté, où ça?".replace(",", "") * 9 + "\n")
    read_table(tmp_path / "fr.csv")


def test_rows_that_do_not_fit_the_header_are_listed(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n1,2,3\n4\n")
    with pytest.raises(SchemaError, match=r"2 rows of 'a.csv' do not have the 2 cells .*rows 3, 4"):
        read_table(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("a,a\n1,2\n")
    with pytest.raises(SchemaError, match="`a` twice"):
        read_table(tmp_path / "b.csv")
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SchemaError, match="no column `c`"):
        read_table(tmp_path / "c.csv", columns=["c"])
    (tmp_path / "d.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    with pytest.raises(InputError, match="not read"):
        read_table(tmp_path / "d.csv")


def test_numbers_are_read_or_refused_never_zero():
    frame = pd.DataFrame({"n": ["1,234", "１２", "", " 5.5 ", "-1e3"]})
    np.testing.assert_array_equal(to_numbers(frame, "n"), [1234, 12, np.nan, 5.5, -1000])
    with pytest.raises(
        SchemaError, match=r"2 cells that are no numbers: 'about 5' in row 1, '1,2' in row 2"
    ):
        to_numbers(pd.DataFrame({"n": ["about 5", "1,2", "3"]}), "n")
    with pytest.raises(SchemaError, match="'1_000' in row 1"):
        to_numbers(pd.DataFrame({"n": ["1_000"]}), "n")


def dbf(path, rows, encoding, *, language=0, width=12):
    head = struct.pack("<B3BIHH20x", 3, 126, 1, 1, len(rows), 32 + 32 + 1, 1 + width)
    head = head[:29] + bytes([language]) + head[30:]
    field = b"NAME".ljust(11, b"\x00") + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
    body = b"".join(b" " + r.encode(encoding)[:width].ljust(width) for r in rows)
    path.write_bytes(head + field + b"\r" + body + b"\x1a")


@pytest.mark.parametrize(("encoding", "language"), [("gbk", 0), ("utf-8", 0), ("gbk", 0x4D)])
def test_a_dbf_without_cpg_is_read_by_what_its_bytes_say(encoding, language, tmp_path):
    dbf(tmp_path / "a.dbf", ["厚街", "001"], encoding, language=language)
    frame = read_table(tmp_path / "a.dbf")
    assert frame["NAME"].tolist() == ["厚街", "001"]


def test_a_letter_cut_off_at_the_width_of_a_dbf_field_does_not_spoil_the_rest(tmp_path):
    dbf(tmp_path / "a.dbf", ["厚街镇", "沙田镇"], "utf-8", width=8)
    assert read_table(tmp_path / "a.dbf")["NAME"].tolist() == ["厚街", "沙田"]


def test_a_cpg_file_is_believed(tmp_path):
    dbf(tmp_path / "a.dbf", ["許功蓋"], "big5")
    (tmp_path / "a.cpg").write_text("BIG5\n")
    assert read_table(tmp_path / "a.dbf")["NAME"].tolist() == ["許功蓋"]
    (tmp_path / "a.cpg").write_text("klingon")
    with pytest.raises(SchemaError, match="'klingon', which is not known"):
        read_table(tmp_path / "a.dbf")
