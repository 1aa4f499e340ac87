from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridkit.errors import CRSError, GeometryError, SchemaError
from gridkit.model.town import Town
from gridkit.model.units import Measure, Units


def make(frame, **changes):
    given = {"id_column": "id", "measures": {"residents": ("pop", "persons")}, **changes}
    return Units.from_frame(frame, **given)


def test_units_know_their_areas_and_perimeters(frame):
    units = make(frame)
    assert units.area_m2.tolist() == pytest.approx([10_000] * 12)
    assert units.perimeter_m.tolist() == pytest.approx([400] * 12)
    assert units.measure("residents").values.sum() == 120
    assert units.measure("area_m2").unit == "m²"


def test_arrays_of_units_cannot_be_changed(frame):
    with pytest.raises(ValueError, match="read-only"):
        make(frame).area_m2[0] = 1


def test_a_missing_column_names_the_nearest_one(frame):
    with pytest.raises(SchemaError, match=r"no column `popp`; did you mean 'pop'\?"):
        make(frame, measures={"residents": ("popp", "persons")})


def test_duplicate_ids_are_refused_with_their_rows(frame):
    frame.loc[5, "id"] = "u02"
    with pytest.raises(
        SchemaError, match=r"1 ids of `units` occur more than once: 'u02' \(rows 2 and 6\)"
    ):
        make(frame)


def test_empty_ids_are_refused_with_their_rows(frame):
    frame.loc[[3, 4], "id"] = ["", None]
    with pytest.raises(SchemaError, match=r"2 of 12 `units` have no id \(rows 4, 5\)"):
        make(frame)


def test_ids_that_became_decimals_are_refused(frame):
    frame["id"] = np.arange(12) + 0.0
    with pytest.raises(SchemaError, match="may already have lost digits"):
        make(frame)


@pytest.mark.parametrize(
    "text", ["007", "1E5", "441900123456789012345", "厚街-01", "１２３", "3.10115E+17"]
)
def test_ids_stay_text(frame, text):
    frame.loc[0, "id"] = text
    assert make(frame).ids[0] == text


def test_negative_and_blank_amounts_are_refused_with_rows(frame):
    frame["pop"] = frame["pop"].astype(float)
    frame.loc[[1, 7], "pop"] = [-3, np.nan]
    with pytest.raises(
        SchemaError,
        match=r"2 values that are blank, infinite or negative: -3 in row 2, nan in row 8",
    ):
        make(frame)


def test_text_instead_of_numbers_is_refused(frame):
    frame["pop"] = "1,234"
    with pytest.raises(
        SchemaError, match=r"column `pop` of `units` holds text \(for example '1,234'\)"
    ):
        make(frame)


def test_no_reference_system_is_refused(frame):
    with pytest.raises(CRSError, match="no reference system"):
        make(frame.set_crs(None, allow_override=True))


def test_degrees_are_refused_with_a_better_system(frame):
    with pytest.raises(CRSError, match=r"in degrees \(EPSG:4326\).*to_crs\('EPSG:4547'\)"):
        make(frame.to_crs(4326))


def test_web_mercator_is_refused_with_the_size_of_the_error(frame):
    with pytest.raises(
        CRSError, match=r"EPSG:3857, where areas at 22\.9. N .* come out \+1[78]\.\d% wrong"
    ):
        make(frame.to_crs(3857))


def test_feet_are_refused(frame):
    with pytest.raises(CRSError, match="US survey foot; metres are needed"):
        make(frame.set_crs("EPSG:2249", allow_override=True))


def test_overlapping_units_are_named_with_the_area(frame):
    moved = shapely.transform(frame.geometry[1], lambda xy: xy - [30.0, 0.0])
    frame.loc[1, "geometry"] = moved
    with pytest.raises(GeometryError, match=r"'u01' and 'u02' by 3,000 m²") as caught:
        make(frame)
    assert caught.value.places


def test_a_border_that_does_not_match_is_named(frame):
    corner = shapely.get_coordinates(frame.geometry[0])
    corner[corner == corner.max(axis=0)] -= 0.001
    frame.loc[0, "geometry"] = shapely.Polygon(corner)
    with pytest.raises(GeometryError, match="share their borders exactly"):
        make(frame)


def test_a_bow_tie_is_refused_with_its_place(frame):
    x, y = shapely.get_coordinates(frame.geometry[11]).min(axis=0)
    frame.loc[11, "geometry"] = shapely.Polygon(
        [(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)]
    )
    with pytest.raises(
        GeometryError, match=r"1 of 12 `units` are invalid: 'u12' \(Self-intersection"
    ):
        make(frame)


def test_empty_missing_and_point_shapes_are_all_named(frame):
    frame.loc[0, "geometry"] = None
    frame.loc[1, "geometry"] = shapely.Polygon()
    frame.loc[2, "geometry"] = shapely.Point(0, 0)
    with pytest.raises(GeometryError) as caught:
        make(frame)
    assert len(caught.value.problems) == 2
    assert "'u01', 'u02'" in caught.value.problems[0]
    assert "'u03'" in caught.value.problems[1]


def test_coordinates_that_are_not_finite_are_refused(frame):
    xy = shapely.get_coordinates(frame.geometry[4])
    xy[1, 0] = np.inf
    frame.loc[4, "geometry"] = shapely.Polygon(xy)
    with pytest.raises(GeometryError, match="not finite numbers: 'u05'"):
        make(frame)


def test_a_town_without_units_is_refused(frame):
    with pytest.raises(SchemaError, match="`units` is empty"):
        make(frame.iloc[:0])


def test_a_unit_in_no_community_is_refused(frame):
    frame.loc[3, "side"] = None
    with pytest.raises(SchemaError, match=r"1 of 12 units are in no community: 'u04'"):
        Town.from_frame(frame, name="t", id_column="id", measures={}, community_column="side")


def test_an_empty_community_is_refused(frame):
    names = {"east": "East", "west": "West", "north": "North side"}
    with pytest.raises(SchemaError, match=r"1 of 3 communities have no unit: 'North side'"):
        Town.from_frame(
            frame,
            name="t",
            id_column="id",
            measures={},
            community_column="side",
            community_names=names,
        )


def test_a_measure_must_fit_the_units(town):
    with pytest.raises(SchemaError, match="measure `x` has 3 values for 12 units"):
        town.with_measures(Measure(name="x", values=np.ones(3), unit="1"))


def test_an_unknown_measure_names_the_known_ones(town):
    with pytest.raises(SchemaError, match=r"no measure `resident`; did you mean 'residents'\?"):
        town.units.measure("resident")
