"""Reports from databases: SQLite always, PostGIS where a server is named by GRIDKIT_TEST_POSTGIS."""

import os
import sqlite3

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.errors import ConfigError, InputError, SchemaError
from gridkit.io.hazards import read_hazards
from gridkit.model.hazard_source import HazardSource
from gridkit.model.town import Town

CRS = "EPSG:4547"
SERVER = os.environ.get("GRIDKIT_TEST_POSTGIS", "")


@pytest.fixture(scope="module")
def town():
    x, y = 466_000 + 500.0 * np.arange(2), 2_538_000.0
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"], "pop": [10, 20]}, geometry=shapely.box(x, y, x + 500, y + 500), crs=CRS
    )
    return Town.from_frame(frame, name="Two", id_column="id", measures={})


ROWS = [
    (i, f"2024-01-{i + 1:02d} 08:00", "smoke" if i % 2 else "blocked", 466_080.0 + 90 * i)
    for i in range(10)
]


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "reports.sqlite"
    with sqlite3.connect(path) as made:
        made.execute(
            "create table reports (no integer, at text, what text, x real, y real, shape blob)"
        )
        for no, at, what, x in ROWS:
            blob = shapely.to_wkb(shapely.Point(x, 2_538_100.0))
            made.execute(
                "insert into reports values (?, ?, ?, ?, ?, ?)",
                (no, at, what, x, 2_538_100.0, blob),
            )
        made.execute("create table officers (name text)")
    made.close()
    return path


def source(**more):
    base = {
        "id_column": "no",
        "time_column": "at",
        "category_column": "what",
        "x_column": "x",
        "y_column": "y",
        "crs": CRS,
    }
    return HazardSource(**(base | more))


def test_a_table_of_sqlite_is_read(base, town):
    hazards, report = read_hazards(source(path=str(base), layer="reports"), town)
    assert (len(hazards), report.n_read, hazards.ids[3]) == (10, 10, "3")
    assert np.bincount(hazards.unit_pos).tolist() == [5, 5]


def test_a_query_chooses_rows_and_names_columns(base, town):
    query = "select no as id, at, what, shape from reports where what = 'smoke'"
    wanted = source(
        path=str(base),
        query=query,
        id_column="id",
        x_column="",
        y_column="",
        geometry_column="shape",
    )
    hazards, _ = read_hazards(wanted, town)
    assert len(hazards) == 5
    assert hazards.category.words == ("smoke",)
    assert hazards.xy[0].tolist() == [466_170.0, 2_538_100.0]


def test_a_database_cannot_be_changed(base, town):
    with pytest.raises(InputError, match="must be one SELECT; got 'delete from reports'"):
        read_hazards(source(path=str(base), query="delete from reports"), town)
    with pytest.raises(InputError, match="did not answer the query"):
        read_hazards(source(path=str(base), query="with a as (select 1) delete from reports"), town)
    with sqlite3.connect(base) as made:
        assert made.execute("select count(*) from reports").fetchone() == (10,)
    made.close()


@pytest.mark.parametrize(
    ("more", "kind", "text"),
    [
        ({}, SchemaError, r"has 2 tables: 'officers', 'reports'. Say which: layer = '...', or give a `query`"),
        ({"layer": "report"}, SchemaError, "has no table 'report'. It has: 'officers', 'reports'"),
        ({"query": "select * from elsewhere"}, InputError, "did not answer the query: .*no such table: elsewhere"),
        ({"layer": "reports", "x_column": "east"}, SchemaError, "east"),
        ({"layer": "reports", "x_column": "", "y_column": ""}, SchemaError, "needs `geometry_column`, or `x_column`"),
        ({"layer": "reports", "geometry_column": "what"}, SchemaError, "holds no geometry as WKB"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_database_is_one_sentence(base, town, more, kind, text):
    with pytest.raises(kind, match=text):
        read_hazards(source(path=str(base), **more), town)


def test_a_file_that_is_no_database_is_told(tmp_path, town):
    path = tmp_path / "reports.db"
    path.write_text("not a database, only a text that is long enough to be looked at", "utf-8")
    with pytest.raises(InputError, match="file is not a database"):
        read_hazards(source(path=str(path), layer="reports"), town)


def test_a_source_is_a_file_or_a_server():
    with pytest.raises(ConfigError, match=r"either `path` .* or `database`"):
        HazardSource()
    with pytest.raises(ConfigError, match="needs a `query`"):
        HazardSource(database="postgresql://me@host/town")
    assert (
        HazardSource(database="postgresql://me:secret@host/town", layer="reports").label
        == "postgresql://me:***@host/town"
    )


def test_a_server_that_does_not_answer_is_told_without_its_password(town):
    pytest.importorskip("sqlalchemy", reason="the extra `sql` is not installed")
    pytest.importorskip("psycopg", reason="the extra `sql` is not installed")
    wanted = source(database="postgresql://me:secret@127.0.0.1:9/town", layer="reports")
    with pytest.raises(InputError, match="did not answer the query") as caught:
        read_hazards(wanted, town)
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match="NOT_THERE, which is not set"):
        read_hazards(source(database="postgresql://me:${NOT_THERE}@h/t", layer="reports"), town)


@pytest.mark.skipif(not SERVER, reason="GRIDKIT_TEST_POSTGIS names no PostGIS server to test with")
class TestPostGIS:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls):
        import sqlalchemy

        engine = sqlalchemy.create_engine(SERVER.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as base:
            run = base.exec_driver_sql
            run("create extension if not exists postgis")
            run("drop table if exists gridkit_reports")
            run(
                "create table gridkit_reports (no int, at timestamptz, what text, geom geometry(Point, 4547))"
            )
            for no, at, what, x in ROWS:
                run(
                    f"insert into gridkit_reports values ({no}, '{at}+08', '{what}', ST_SetSRID(ST_MakePoint({x}, 2538100), 4547))"
                )
        yield SERVER
        with engine.begin() as base:
            base.execute(sqlalchemy.text("drop table gridkit_reports"))
        engine.dispose()

    def wanted(self, server, **more):
        found = {"database": server, "layer": "gridkit_reports", "time_zone": "Asia/Shanghai"}
        plain = {"x_column": "", "y_column": "", "geometry_column": "geom", "crs": ""}
        return source(**(found | plain | more))

    def test_a_table_is_read_with_its_reference_system_and_times(self, server, town):
        hazards, _ = read_hazards(self.wanted(server), town)
        assert len(hazards) == 10
        assert hazards.xy[2].round(3).tolist() == [466_260.0, 2_538_100.0]
        assert str(hazards.reported_at[0]) == "2024-01-01T08:00:00"

    def test_a_query_is_answered(self, server, town):
        query = "select no, at, what, ST_AsBinary(geom) as geom from gridkit_reports where no::int % 10 < 4"
        hazards, _ = read_hazards(self.wanted(server, query=query, crs=CRS), town)
        assert len(hazards) == 4

    def test_nothing_can_be_changed(self, server, town):
        query = "with gone as (delete from gridkit_reports returning *) select * from gone"
        with pytest.raises(InputError, match="read-only transaction"):
            read_hazards(self.wanted(server, query=query), town)
        assert len(read_hazards(self.wanted(server), town)[0]) == 10

    def test_a_contradicting_system_is_refused(self, server, town):
        from gridkit.errors import CRSError

        with pytest.raises(CRSError, match="EPSG:4326"):
            read_hazards(self.wanted(server, crs="EPSG:4326"), town)
