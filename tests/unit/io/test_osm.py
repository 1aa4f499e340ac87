import gzip

import pytest
import shapely

from gridkit.build import build_units
from gridkit.errors import InputError, SchemaError
from gridkit.io.osm import LAYERS
from gridkit.io.vector import list_layers, read_layer

LON, LAT, STEP = 113.67, 22.94, 0.002
BLOCKS = 3


def corner(column, row):
    return LON + column * STEP, LAT + row * STEP


def write_town(path):
    """Three by three blocks of streets, a railway, a lake with an island, a building, a shop, a town line."""
    osmium = pytest.importorskip("osmium")
    nodes, ways, number = {}, [], iter(range(1, 10_000))

    def node(xy, **tags):
        if tags or xy not in nodes:
            nodes[xy] = (next(number), tags)
        return nodes[xy][0]

    def way(places, **tags):
        ways.append((next(number), [node(p) for p in places], tags))
        return ways[-1][0]

    def square(x, y, side, **tags):
        around = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
        return way(around, **tags)

    for i in range(BLOCKS + 1):
        way([corner(i, j) for j in range(BLOCKS + 1)], highway="residential", name=f"南北街{i}")
        way([corner(j, i) for j in range(BLOCKS + 1)], highway="primary", bridge="yes")
    way([corner(0, 0), corner(1, 1)], highway="proposed")
    way([corner(0.5, 0), corner(0.5, 3)], railway="rail", tunnel="yes")
    square(*corner(0.1, 0.1), STEP / 4, building="yes")
    square(*corner(0, 0), BLOCKS * STEP, boundary="administrative", admin_level="8", name="镇")
    outer, inner = square(*corner(1.2, 1.2), STEP / 2), square(*corner(1.3, 1.3), STEP / 8)
    node(corner(2.5, 2.5), shop="convenience", name="三小场所")
    ways.append((next(number), [1, 99_999], {"highway": "service"}))  # a node is missing
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        for xy, (i, tags) in sorted(nodes.items(), key=lambda n: n[1][0]):
            out.add_node(osmium.osm.mutable.Node(id=i, version=1, location=xy, tags=tags))
        for i, refs, tags in ways:
            out.add_way(osmium.osm.mutable.Way(id=i, version=1, nodes=refs, tags=tags))
        members = [("w", outer, "outer"), ("w", inner, "inner")]
        tags = {"type": "multipolygon", "natural": "water"}
        out.add_relation(osmium.osm.mutable.Relation(id=7, version=1, members=members, tags=tags))
    return path


@pytest.fixture(scope="module", params=["osm.pbf", "osm"])
def town(request, tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("osm") / f"town.{request.param}")


def test_streets_of_an_openstreetmap_file_enclose_units(town):
    streets = read_layer(town, layer="streets")
    assert len(streets) == 2 * (BLOCKS + 1)  # without what is only proposed, and what lacks a node
    assert set(streets["class"]) == {"residential", "primary"}
    assert "南北街0" in set(streets["name"])
    line = read_layer(town, layer="boundaries")
    assert line["class"].tolist() == ["8"]
    built = build_units(line, streets=streets)
    assert len(built.frame) == BLOCKS**2


def test_every_layer_is_of_one_kind_and_keeps_ids_as_text(town):
    kinds = {
        name: {t.replace("Multi", "") for t in read_layer(town, layer=name).geom_type}
        for name in ("streets", "rail", "water", "buildings", "boundaries", "places")
    }
    assert kinds == {
        "streets": {"LineString"},
        "rail": {"LineString"},
        "water": {"Polygon"},
        "buildings": {"Polygon"},
        "boundaries": {"Polygon"},
        "places": {"Point"},
    }
    water = read_layer(town, layer="water")
    assert water["osm_id"].tolist() == ["r7"]
    assert shapely.get_num_interior_rings(shapely.get_geometry(water.geometry[0], 0)) == 1
    assert read_layer(town, layer="rail")["tunnel"].tolist() == ["yes"]
    assert read_layer(town, layer="places", columns=["name"])["name"].tolist() == ["三小场所"]


def test_layers_are_listed_and_a_wrong_one_is_named(town):
    assert list_layers(town) == list(LAYERS)
    with pytest.raises(SchemaError, match="no layer 'street'; did you mean 'streets'"):
        read_layer(town, layer="street")
    with pytest.raises(SchemaError, match="several layers; say which"):
        read_layer(town)
    with pytest.raises(SchemaError, match="holds no waterways"):
        read_layer(town, layer="waterways")


def test_a_packed_file_is_read_and_a_broken_one_is_refused(town, tmp_path):
    data = town.read_bytes()
    packed = tmp_path / f"{town.name}.gz"
    packed.write_bytes(gzip.compress(data))
    assert len(read_layer(packed, layer="streets")) == 8
    broken = tmp_path / town.name
    broken.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(InputError, match="cannot be read as OpenStreetMap"):
        read_layer(broken, layer="streets")


def test_xml_that_declares_entities_is_not_opened(tmp_path):
    file = tmp_path / "a.osm"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aa">]><osm version="0.6"></osm>'
    )
    with pytest.raises(InputError, match="is of a kind that is not read"):
        read_layer(file, layer="streets")
