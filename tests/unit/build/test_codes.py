from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridkit.build.codes import CodeBook, CodeScheme, check_codes, code_scheme
from gridkit.errors import ConfigError, SchemaError

BEIJING = code_scheme("beijing-15")
DAY = date(2025, 1, 1)


def parent(community="001"):
    return {"district": "441900", "street": "005", "community": community}


def test_the_beijing_code_has_fifteen_digits_in_four_parts():
    code = BEIJING.write({**parent(), "sequence": 7})
    assert code == "441900005001007"
    assert BEIJING.read(code) == {**parent(), "sequence": "007"}
    assert (BEIJING.length, BEIJING.room) == (15, 999)
    assert code_scheme("cjt349-20").length == 20


@pytest.mark.parametrize(
    ("code", "match"),
    [
        ("44190000500100", "it has 14"),
        ("4419000050010O7", "'O' at place 14"),
        ("441900005001００7", "place 13"),
        ("", "it has 0"),
    ],
)
def test_a_code_of_another_shape_is_refused_with_the_place(code, match):
    with pytest.raises(SchemaError, match=match):
        BEIJING.read(code)


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(SchemaError, match="needs 'street', which is not given"):
        BEIJING.write({"district": "441900", "community": "001", "sequence": 1})
    with pytest.raises(SchemaError, match="'1000' is no sequence"):
        BEIJING.write({**parent(), "sequence": 1000})
    with pytest.raises(SchemaError, match="'5' is no street"):
        BEIJING.write({**parent(), "street": "5", "sequence": 1})
    with pytest.raises(ConfigError, match="did you mean 'beijing-15'"):
        code_scheme("beijing15")
    with pytest.raises(ConfigError, match="one of them 'sequence'"):
        code_scheme("town:4 community:2")


def test_grids_are_numbered_west_to_east_in_bands_from_the_north():
    xy = np.array([(0, 0), (10, 0), (0, 10), (10, 10)], dtype=float)
    book = CodeBook(scheme=BEIJING).renew(["sw", "se", "nw", "ne"], [parent()] * 4, xy, day=DAY)
    assert {g: c[-3:] for g, c in book.current.items()} == {
        "nw": "001",
        "ne": "002",
        "sw": "003",
        "se": "004",
    }


def test_a_redraw_keeps_codes_retires_them_and_never_uses_them_again():
    xy = np.array([(0, 0), (10, 0), (20, 0)], dtype=float)
    first = CodeBook(scheme=BEIJING).renew(["a", "b", "c"], [parent()] * 3, xy, day=DAY)
    later = date(2026, 7, 1)
    second = first.renew(["a", "d", "c2"], [parent()] * 3, xy, day=later, same_as={"c2": "c"})
    assert {g: c[-3:] for g, c in second.current.items()} == {"a": "001", "c2": "003", "d": "004"}
    (gone,) = [e for e in second.entries if e.valid_to]
    assert (gone.code[-3:], gone.grid_id, gone.valid_to) == ("002", "b", date(2026, 6, 30))
    third = second.renew(
        ["a", "b", "c2", "d"], [parent()] * 4, np.zeros((4, 2)), day=date(2027, 1, 1)
    )
    assert third.current["b"][-3:] == "005"
    with pytest.raises(SchemaError, match="before codes that were given"):
        third.renew(["a"], [parent()], xy[:1], day=DAY)


def test_a_grid_that_changes_its_community_gets_a_new_code():
    xy = np.zeros((1, 2))
    first = CodeBook(scheme=BEIJING).renew(["a"], [parent("001")], xy, day=DAY)
    second = first.renew(["a"], [parent("002")], xy, day=date(2026, 1, 1))
    assert second.current == {"a": "441900005002001"}


def test_a_scheme_too_short_for_the_grids_is_refused():
    short = code_scheme("community:2 sequence:1")
    with pytest.raises(
        ConfigError, match="too short: community 01 needs number 10, the largest is 9"
    ):
        CodeBook(scheme=short).renew(
            [f"g{i}" for i in range(10)], [{"community": "01"}] * 10, np.zeros((10, 2)), day=DAY
        )


def test_the_only_grid_of_a_community_gets_number_zero_where_the_standard_says_so():
    scheme = code_scheme("cjt349-20")
    above = {"object_class": "010100", "county": "441900", "street": "119"}
    alone, two = {**above, "community": "001"}, {**above, "community": "002"}
    xy = np.array([(0, 0), (5, 0), (9, 0)], dtype=float)
    book = CodeBook(scheme=scheme).renew(["a", "b", "c"], [alone, two, two], xy, day=DAY)
    assert {g: c[-2:] for g, c in book.current.items()} == {"a": "00", "b": "01", "c": "02"}
    # Divided in two, 00 ends, and is not given again when the two are united.
    later = book.renew(["d", "e"], [alone, alone], xy[:2], day=date(2026, 1, 1))
    assert {g: c[-2:] for g, c in later.current.items()} == {"d": "01", "e": "02"}
    last = later.renew(["f"], [alone], xy[:1], day=date(2027, 1, 1))
    assert last.current["f"][-2:] == "03"


def test_a_book_comes_back_from_its_table():
    book = CodeBook(scheme=BEIJING).renew(["a", "b"], [parent()] * 2, np.zeros((2, 2)), day=DAY)
    book = book.renew(["a"], [parent()], np.zeros((1, 2)), day=date(2026, 1, 1))
    table = book.to_frame()
    assert table["valid_to"].tolist() == ["", "2025-12-31"]
    assert table["community"].tolist() == ["001", "001"]
    assert CodeBook.from_frame(table, BEIJING) == book
    with pytest.raises(SchemaError, match="has the day 'soon'"):
        CodeBook.from_frame(table.assign(valid_from="soon"), BEIJING)
    with pytest.raises(SchemaError, match="no column `valid_to`"):
        CodeBook.from_frame(table.drop(columns="valid_to"), BEIJING)
    with pytest.raises(SchemaError, match="is no code of scheme"):
        CodeBook.from_frame(table, code_scheme("cjt349-20"))


def test_codes_given_twice_are_listed():
    assert check_codes(["441900005001001"] * 2, BEIJING) == [
        "code '441900005001001' is given 2 times."
    ]


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.data(),
    st.sampled_from(["", "-"]),
)
def test_what_is_written_is_read_back(widths, data, separator):
    parts = "".join(f"p{i}:{w} " for i, w in enumerate(widths)) + "sequence:3"
    plain = code_scheme(parts)
    scheme = CodeScheme(name="x", parts=plain.parts, separator=separator)
    values = {
        p.name: data.draw(st.text("0123456789", min_size=p.width, max_size=p.width))
        for p in scheme.parts
    }
    assert scheme.read(scheme.write(values)) == values
