"""Continuity and vacancies with a real roster: python benchmarks/staffing/washington.py DIR

DIR holds the north-western half of Washington DC: ``smd_2013`` and ``smd_2022`` (the district plan and its real successor), both
as GeoParquet with ``smd, anc``, and ``roster_commissioners.csv`` (one row for each term: ``member_id, smd, cycle, start_date,
end_date``). Each district has one seat. On the day the new plan came into force, who could have gone on in which new district?

Asked twice: with what people did (the terms of the next cycle), and with `assign_members`, where staying counts and where it does not.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from gridkit.model.members import Members
from gridkit.staffing import AssignSettings, apportion, assign_members

CRS = "EPSG:26985"


def districts(folder: Path, year: int) -> gpd.GeoDataFrame:
    return (
        gpd.read_parquet(folder / f"smd_{year}.parquet").to_crs(CRS).set_index("smd").sort_index()
    )


def in_office(terms: pd.DataFrame, day: str, cycle: int) -> pd.DataFrame:
    own = terms[(terms["cycle"] == cycle) & (terms["start_date"] <= day)]
    own = own[own["end_date"].fillna("9999") > day]
    return own.drop_duplicates("smd", keep="last").drop_duplicates("member_id")


def heirs(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> dict[str, str]:
    """The new district that holds most of each old one."""
    parts = gpd.overlay(
        old.reset_index(), new.reset_index(), how="intersection", keep_geom_type=True
    )
    parts["m2"] = parts.area
    best = parts.sort_values("m2").drop_duplicates("smd_1", keep="last")
    return dict(zip(best["smd_1"], best["smd_2"], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    terms = pd.read_csv(folder / "roster_commissioners.csv", dtype=str)
    terms["cycle"] = terms["cycle"].astype(int)
    old, new = districts(folder, 2013), districts(folder, 2022)
    last, first = "2022-12-31", "2023-01-15"
    print(
        f"{len(terms)} terms of {terms['member_id'].nunique()} persons; {len(old)} seats before, {len(new)} after"
    )
    for year in range(2019, 2023):
        filled = in_office(terms, f"{year}-07-01", 2012)
        print(f"  mid {year}: {filled['smd'].isin(old.index).sum()} of {len(old)} seats filled")
    people, then = in_office(terms, last, 2012), in_office(terms, first, 2022)
    people = people[people["smd"].isin(old.index)]
    to = heirs(old, new)
    went = then[then["member_id"].isin(people["member_id"])].merge(
        people, on="member_id", suffixes=("", "_old")
    )
    same = (went["smd"] == went["smd_old"].map(to)).sum()
    print(
        f"what people did: {len(people)} in office on {last}; {len(went)} went on under the new plan, "
        f"{same} of them in the district that holds most of their old one; {then['smd'].isin(new.index).sum()} of {len(new)} seats filled"
    )
    point = old.representative_point()
    home = np.column_stack(
        [point.loc[people["smd"]].x, point.loc[people["smd"]].y]
    )  # homes are not published
    members = Members.from_frame(
        pd.DataFrame({"member_id": people["member_id"].to_numpy(), "x_m": home[:, 0], "y_m": home[:, 1], "base_grid_id": people["smd"].to_numpy()})
    )  # fmt: skip
    target = new.representative_point()
    xy = np.column_stack([target.x, target.y])
    heads = apportion(
        np.ones(len(new), np.int64), total=len(new), floor=1, grid_ids=tuple(new.index)
    )
    ward = np.unique([a[:1] for a in new["anc"]], return_inverse=True)[1].astype(np.int32)
    for keep in (15.0, 0.0):
        start = time.process_time()
        roster = assign_members(
            members, heads, xy=xy, settings=AssignSettings(keep_bonus_min=keep, same_community_bonus_min=0.0), community=ward, today=to
        )  # fmt: skip
        seconds = time.process_time() - start
        left = sum(s.missing for s in roster.shortages)
        print(
            f"assign_members, staying worth {keep:g} min: {int(roster.kept.sum())} of {len(members)} keep the heir of their district, "
            f"{left} seats vacant and listed, mean way {np.nanmean(roster.minutes):.1f} min, "
            f"{'proven best' if roster.is_exact else f'{roster.gap_min:.2f} min a person above the bound'}, {seconds:.2f} s CPU"
        )
    fork = len(to) - len(set(to.values()))
    print(f"{fork} old districts share their heir with another: there only one can stay")
    print("first vacancy:", roster.shortages[0].text if roster.shortages else "none")


if __name__ == "__main__":
    main()
