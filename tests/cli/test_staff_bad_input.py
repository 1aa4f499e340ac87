"""Is bad input of the staffing one clear sentence or a listed shortage, never a silent drop?"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from tests.conftest import X0, Y0

HEAD = "member_id,x_m,y_m,skills,base_grid_id,seniority_years\n"


def rows(n=14, **changes):
    """A roster of `n` members in a row; ``m03={"skills": "fire"}`` changes the fourth."""
    out = [
        {
            "member_id": f"M{i:02d}", "x_m": f"{X0 + 20 * i}", "y_m": f"{Y0 - 100}",
            "skills": "lead" if i % 3 == 0 else "", "base_grid_id": "", "seniority_years": f"{i}",
        } for i in range(n)
    ]  # fmt: skip
    for name, change in changes.items():
        out[int(name[1:])].update(change)
    return HEAD + "".join(",".join(r.values()) + "\n" for r in out)


def replace(folder, old, new):
    text = (folder / "town.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "town.toml").write_text(text.replace(old, new), encoding="utf-8")


def roster(folder, text):
    (folder / "members.csv").write_text(text, encoding="utf-8")
    replace(folder, "n_synthetic = 14", 'members_file = "members.csv"')


def setting(folder, table):
    replace(folder, "[staffing.standards]", table + "\n[staffing.standards]")


def standards_file(folder, text):
    (folder / "standards.csv").write_text(text, encoding="utf-8")
    cut = (folder / "town.toml").read_text(encoding="utf-8")
    start = cut.index("[staffing.standards]")
    end = cut.index("[hazards]")
    cut = cut[:start] + cut[end:]
    (folder / "town.toml").write_text(
        cut.replace("[staffing]\n", '[staffing]\nstandards_file = "standards.csv"\n'),
        encoding="utf-8",
    )


def nothing(_folder):
    """Leave the town as it is."""


REFUSED = {
    "a member of an unknown grid": (lambda f: roster(f, rows(m3={"base_grid_id": "G9"})), (), 2, "('M03') work in grids that the plan does not have: 'G9'"),
    "a skill nobody holds": (lambda f: (roster(f, rows()), setting(f, "[staffing.assign]\nrequires = { fire = 1 }")), (), 2, "skills that no member holds: 'fire'. The members hold: lead."),
    "a roster without skills": (lambda f: (roster(f, rows().replace("lead", "")), setting(f, "[staffing.assign]\nrequires = { lead = 1 }")), (), 2, "The members hold: no skills at all."),
    "fewer members than floors": (lambda f: replace(f, "members_total = 14\nn_synthetic = 14", "members_total = 9\nn_synthetic = 9"), (), 3, "12 are needed, 3 are missing"),
    "negative minutes": (lambda f: replace(f, "on_site_min = 10", "on_site_min = -10"), (), 2, "`on_site_min` of shop is -10"),
    "minutes that are no number": (lambda f: replace(f, "on_site_min = 10", "on_site_min = nan"), (), 2, "`on_site_min` of shop is nan"),
    "missing minutes": (lambda f: replace(f, ", on_site_min = 10", ""), (), 2, "classes[0].on_site_min` is missing"),
    "missing minutes in a table": (lambda f: standards_file(f, "object_class,visits_per_month,on_site_min\nshop,2,\nflat,1,8\n"), (), 2, "row 1 of 'standards.csv' needs `on_site_min`"),
    "a home that is no number": (lambda f: roster(f, rows(m3={"x_m": "here"})), (), 2, "column `x_m` of `members` holds 1 cells that are no numbers: 'here' in row 4"),
    "a holiday without its year": (lambda f: setting(f, '[staffing.field]\nstart = "2026-03-02"\ncalendar = { holidays = ["10-01"] }'), (), 2, "has '10-01'; write year-month-day"),
    "an unknown class in the standards": (lambda f: replace(f, 'object_class = "shop"', 'object_class = "shopp"'), (), 2, "class 'shopp', but the town has no measure `objects_shopp`; did you mean 'objects_shop'"),
    "a member twice": (lambda f: roster(f, rows(m3={"member_id": "M01"})), (), 2, "'M01' (rows 2 and 4)"),
    "a member without id": (lambda f: roster(f, rows(m3={"member_id": ""})), (), 2, "have no id (rows 4)"),
    "negative years": (lambda f: roster(f, rows(m3={"seniority_years": "-3"})), (), 2, "`seniority_years` is negative"),
    "leaders of whom no years are known": (lambda f: (roster(f, rows().replace("seniority_years", "since")), setting(f, "[staffing.assign]\nrequires = { lead = 1 }\nlead_seniority_years = 3")), (), 2, "nobody in the roster has any years of service"),
    "a roster that is not there": (lambda f: replace(f, "n_synthetic = 14", 'members_file = "hazard.csv"'), (), 2, "there is no file"),
    "streets that are not there": (lambda f: replace(f, "n_synthetic = 14", 'n_synthetic = 14\nways = "streets"'), (), 2, "there is no [streets]"),
    "an explanation of nobody": (nothing, ("--explain", "M9999"), 2, "the roster has no member 'M9999'"),
    "a change that is none": (nothing, ("--what-if", "often"), 2, "cannot read the change 'often'"),
    "a cycle that is none": (nothing, ("--what-if", "visit_cycle=wekly"), 2, "did you mean 'weekly'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_one_sentence_and_nothing_is_written(case, folder, gridkit):
    spoil, options, expected, words = REFUSED[case]
    spoil(folder)
    before = sorted(p.name for p in folder.iterdir())
    code, out, err = gridkit(
        "staff", folder / "town.toml", "--out", folder / "out", "--no-progress", *options
    )
    assert code == expected, err
    assert words in err
    assert err.startswith("gridkit: ")
    assert err.count("\n") == 1
    assert out == ""
    assert sorted(p.name for p in folder.iterdir()) == before


def run(folder, gridkit, *options):
    code, out, err = gridkit(
        "staff", folder / "town.toml", "--out", folder / "out", "--no-progress", *options
    )
    assert code == 0, err
    return out


def test_fewer_people_than_head_counts_are_a_listed_shortage(folder, gridkit):
    roster(folder, rows(12))
    assert "shortages, see shortfalls.csv" in run(folder, gridkit)
    lack = pd.read_csv(folder / "out" / "shortfalls.csv")
    assert lack["missing"].sum() == 2
    assert lack["nearest_member_id"].notna().all()
    assert lack["extra_min"].notna().all()


@pytest.mark.filterwarnings("ignore:1 of 14 members live more than")
def test_a_home_outside_every_reach_is_listed_and_the_member_stays_in_the_reserve(folder, gridkit):
    roster(folder, rows(m3={"x_m": f"{X0 + 900_000}"}))
    setting(folder, "[staffing.assign]\nmax_commute_min = 60")
    run(folder, gridkit)
    lack = pd.read_csv(folder / "out" / "shortfalls.csv")
    far = lack[lack["what"] == "reach"]
    assert far["nearest_member_id"].tolist() == ["M03"]
    assert "the member stays in the reserve" in far["text"].iloc[0]
    people = pd.read_csv(folder / "out" / "roster.csv").set_index("member_id")
    assert people.loc["M03", "role"] == "reserve"
    assert len(people) == 14  # nobody is dropped


def test_a_class_that_no_standard_names_is_listed(folder, gridkit):
    replace(folder, '{ object_class = "shop", visits_per_month = 2, on_site_min = 10 }, ', "")
    out = run(folder, gridkit)
    assert "no standard names the class 'shop': its 67 objects make no work" in out


def test_a_calendar_of_another_year_is_listed(folder, gridkit):
    setting(
        folder,
        '[staffing.field]\nstart = "2025-12-20"\ncalendar = { holidays = ["2025-12-25"] }',
    )
    out = run(folder, gridkit)
    assert "names holidays of 2025, but none of 2026, which the visits touch" in out


def test_a_member_is_explained_on_the_screen(folder, gridkit):
    out = run(
        folder,
        gridkit,
        "--explain",
        "S0003",
        "--explain",
        "S0007",
        "--what-if",
        "support_share=0.2",
    )
    assert "S0003" in out
    assert "S0007" in out
    reasons = pd.read_csv(folder / "out" / "reasons.csv")
    assert {"S0003", "S0007"} <= set(reasons["member_id"])
    assert "support_share=0.2" in (folder / "out" / "what_if.csv").read_text()


def test_leaders_have_served_long_enough_and_grids_without_one_are_listed(folder, gridkit):
    # M00, M03, M06, M09 and M12 can lead, M00 has not served three years: four leaders for six grids.
    roster(folder, rows())
    setting(folder, "[staffing.assign]\nrequires = { lead = 1 }\nlead_seniority_years = 3")
    run(folder, gridkit)
    people = pd.read_csv(folder / "out" / "roster.csv")
    assert set(people.loc[people["role"] == "leader", "member_id"]) == {"M03", "M06", "M09", "M12"}
    lack = pd.read_csv(folder / "out" / "shortfalls.csv")
    assert lack.loc[lack["what"] == "lead", "missing"].sum() == 2


def test_ways_along_streets_are_never_shorter_than_the_straight_line(folder, gridkit):
    roster(folder, rows())
    setting(folder, "[staffing.assign]\ndetour = 1.0")
    run(folder, gridkit)
    straight = pd.read_csv(folder / "out" / "roster.csv").set_index("member_id")
    lines = [
        shapely.LineString([(X0 + 100 * c, Y0 - 100 * r), (X0 + 100 * (c + a), Y0 - 100 * (r + b))])
        for r in range(7)
        for c in range(9)
        for a, b in ((1, 0), (0, 1))
        if c + a < 9 and r + b < 7
    ]
    gpd.GeoDataFrame(geometry=lines, crs="EPSG:4547").to_file(folder / "streets.gpkg")
    replace(folder, "[hazards]", '[streets]\npath = "streets.gpkg"\n[hazards]')
    replace(folder, "[staffing]\n", '[staffing]\nways = "streets"\n')
    code, _, err = gridkit(
        "staff", folder / "town.toml", "--plan", folder / "out" / "plan.csv", "--out", folder / "along", "--no-progress"
    )  # fmt: skip
    assert code == 0, err
    along = pd.read_csv(folder / "along" / "roster.csv").set_index("member_id")
    both = straight.join(along.add_suffix("_along"))
    same = both[both["base_grid_id"] == both["base_grid_id_along"]]
    assert len(same) >= 2  # of members whose grid is the same the ways can be compared
    assert (same["minutes_along"] >= same["minutes"] - 0.06).all()
    assert same["minutes_along"].sum() > 1.05 * same["minutes"].sum()
