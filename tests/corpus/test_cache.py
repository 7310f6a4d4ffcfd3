"""The cache: what was read is not read again, and nothing depends on it."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.corpus.cache import Cache, cache_folder, cached_excerpts
from evomusic.corpus.excerpts import Excerpts, excerpts
from evomusic.corpus.shipped import COLLECTIONS
from evomusic.corpus.tunes import SILENT, Section

SECTIONS = (Section((4, 4), "G major", (((67, 960), (SILENT, 960)), ((69, 1920),))),)


def test_what_is_kept_is_read_again_as_it_was(tmp_path):
    cache = Cache.open(tmp_path / "new", "tunes")
    cache.put("a", SECTIONS)
    cache.save()
    assert Cache.open(tmp_path / "new", "tunes").get("a") == SECTIONS
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".json"]


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"a": 1}', '{"a": [[["4", 4], "G", []]]}', '{"a": [[[4, 4], "G", [[1]]]]}', "[" * 9999]
)
def test_a_damaged_cache_is_begun_anew(tmp_path, damage):
    cache = Cache.open(tmp_path, "tunes")
    cache.path.write_text(damage, encoding="utf-8")
    assert Cache.open(tmp_path, "tunes").entries == {}


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    cache = Cache.open(tmp_path / "file", "tunes")
    cache.put("a", SECTIONS)
    cache.save()
    assert cache.get("a") == SECTIONS


def test_nothing_is_written_when_nothing_is_new(tmp_path):
    Cache.open(tmp_path, "tunes").save()
    assert list(tmp_path.iterdir()) == []


def test_the_cache_is_plain_json(tmp_path):
    cache = Cache.open(tmp_path, "tunes")
    cache.put("a", SECTIONS)
    cache.save()
    assert json.loads(cache.path.read_text(encoding="utf-8")) == {
        "a": [[[4, 4], "G major", [[[67, 960], [SILENT, 960]], [[69, 1920]]]]]
    }


def test_the_folder_is_the_environments_or_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("EVOMUSIC_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("EVOMUSIC_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "evomusic"


GRID = Grid(bars=2, low=67, high=84, scale="G major")


def test_excerpts_are_cut_once_and_are_as_they_were(monkeypatch, tmp_path):
    monkeypatch.setenv("EVOMUSIC_CACHE", str(tmp_path))
    made = []

    def make(most=7):
        made.append(excerpts(COLLECTIONS["ryan"].tunes("train"), GRID, tonic="G4", mode="major", most=most))
        return made[-1]

    first, second = (cached_excerpts("ryan", GRID, "G4", "major", make) for _ in range(2))
    assert len(made) == 1
    assert (first.melodies == second.melodies).all()
    assert second.melodies.dtype == np.uint8
    assert (first.names, first.refused) == (second.names, second.refused)
    cached_excerpts("ryan", GRID, "A4", "major", make)
    cached_excerpts("ryan", replace(GRID, high=85), "G4", "major", make)
    assert len(made) == 3


def test_damaged_excerpts_are_cut_anew(monkeypatch, tmp_path):
    monkeypatch.setenv("EVOMUSIC_CACHE", str(tmp_path))
    wanted = Excerpts(np.array([[2] * GRID.steps], np.uint8), ("a tune",), Counter(metre=3))
    cached_excerpts("ryan", GRID, "G4", "major", lambda: wanted)
    (path,) = tmp_path.glob("excerpts-*.json")
    for damage in (b"", b"{}", path.read_bytes()[:-9], path.read_bytes().replace(b"a tune", b"b tune"), b"[" * 10_000):
        path.write_bytes(damage)
        found = cached_excerpts("ryan", GRID, "G4", "major", lambda: wanted)
        assert found.names == ("a tune",)
        assert found.refused == wanted.refused
