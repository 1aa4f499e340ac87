from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema
import pytest

from gridkit.config import config_schema, load_batch
from gridkit.errors import ConfigError

LEAST = """
[town]
name = "T"
crs = "EPSG:4547"
[units]
path = "u.gpkg"
id_column = "id"
"""
CONFIGS = sorted((Path(__file__).parents[3] / "configs").glob("*.toml"))


def load(tmp_path, text):
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    return load_batch(tmp_path / "t.toml")


def test_the_least_file_loads_with_paths_made_whole(tmp_path):
    batch = load(tmp_path, LEAST)
    assert batch.town.name == "T"
    assert batch.units.path == str(tmp_path / "u.gpkg")
    assert batch.solve.seed == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAST + "[rulse]\n", r"unknown key `rulse`; did you mean 'rules'\?"),
        (LEAST + "[rules.balance]\nmeasure='r'\ntolerence=0.1\n", r"unknown key `rules.balance.tolerence`; did you mean 'tolerance'\?"),
        (LEAST + "[[rules.limits]]\nmeasure='r'\nmax=3\n", r"unknown key `rules.limits\[0\].max`"),
        (LEAST.replace('id_column = "id"', ""), r"`units.id_column` is missing"),
        (LEAST.replace('"T"', "3"), r"`town.name` is 3: input should be a valid string"),
        (LEAST + "[[rules.limits]]\nmeasure='r'\nlow=5\nhigh=3\n", r"`rules.limits\[0\]`.*got low=5, high=3"),
        (LEAST + "[rules.balance]\nmeasure='r'\ntolerance=5\n", r"`rules.balance`.*got 5; expected above 0 and at most 1"),
        (LEAST + "[output]\nlang='fr'\n", r"`output.lang` is 'fr'"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_its_path_and_the_way_out(tmp_path, text, said):
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, text)


def test_every_problem_is_listed_at_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, LEAST + "[rulse]\n[solve]\nsede=3\n")
    assert len(caught.value.problems) == 2


def test_a_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "houjie.toml").write_text("")
    with pytest.raises(
        ConfigError, match=r"no batch file .*houjei.toml; did you mean 'houjie.toml'\?"
    ):
        load_batch(tmp_path / "houjei.toml")


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"[town", "not valid TOML"), ("[town]\nname='厚街'".encode("gbk"), "not UTF-8"), (b"#" * 1_000_001, "at most 1,000,000")],
)  # fmt: skip
def test_what_is_not_a_batch_file_is_refused(tmp_path, raw, said):
    (tmp_path / "t.toml").write_bytes(raw)
    with pytest.raises(ConfigError, match=said):
        load_batch(tmp_path / "t.toml")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_every_shipped_batch_file_loads_and_fits_the_schema(path):
    assert load_batch(path).town.name
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), config_schema())


def test_a_file_name_where_a_table_is_needed_says_what_to_write(tmp_path):
    path = tmp_path / "town.toml"
    path.write_text('[town]\nname = "x"\n[build]\ntown_line = "line.gpkg"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r'a table is needed: \{ path = "line\.gpkg" \}'):
        load_batch(path)
