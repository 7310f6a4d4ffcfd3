"""The cache: what was read is not read again, and nothing depends on it."""

import json

import pytest

from evomusic.corpus.cache import Cache, cache_folder
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
