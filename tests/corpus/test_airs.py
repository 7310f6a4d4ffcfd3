"""O'Neill's and Aird's collections: the metres and modes that Ryan's lacks, their split and their shipped styles."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.corpus.airs import AIRS
from evomusic.corpus.collection import four_bars, is_held_out
from evomusic.rules.style_file import DATA, load_style, to_json

WALTZ = em.Grid(bars=4, beats=3, low=62, high=86, scale="G major")


def test_tunes_are_split_by_their_titles_and_doubles_are_left_out():
    held, train = list(AIRS.tunes("held out")), list(AIRS.tunes("train"))
    assert len(held) + len(train) > 3000
    assert all(is_held_out(tune.name) for tune in held)
    assert not any(is_held_out(tune.name) for tune in train)
    reserved = {four for tune in held for four in four_bars(tune)}
    assert all(reserved.isdisjoint(four_bars(tune)) for tune in train[:400])


def test_waltzes_are_held_out_and_trained_on():
    held = em.corpus.held_out(WALTZ, None, style="airs")
    train = em.corpus.training(WALTZ, style="airs")
    assert len(held.melodies) > 80
    assert len(train.melodies) > 500
    assert set(held.names).isdisjoint(train.names)
    assert len(em.corpus.held_out(WALTZ, None).melodies) == 0  # Ryan's collection has none


def test_a_style_of_few_tunes_is_made_again_byte_for_byte():
    assert to_json(AIRS.style("airs-mixolydian")) == (DATA / "airs-mixolydian.json").read_text(encoding="utf-8")


def test_the_style_of_waltzes_is_theirs():
    assert {(3, 4), (3, 6), (2, 6), (4, 4)} <= set(load_style("airs").rhythms)
    task = em.make("tune", bars=2, grid={"beats": 3})
    assert {rule.style for rule in task.reward.rules if hasattr(rule, "style")} == {"airs"}


def test_songs_in_three_four_return_as_real_ones_do():
    song = em.make("song", grid={"beats": 3}).sampler
    drawn = song.sample(300, np.random.default_rng(1))
    for measure in (em.measures.RhythmRepetition(), em.measures.NotesPerBar()):
        there, here = (measure(rows, song.grid).mean() for rows in (song.windows, drawn))
        assert abs(there - here) < 0.12 * max(there, 1), measure


def test_a_style_that_is_not_shipped_has_no_tunes():
    with pytest.raises(ValueError, match="did you mean 'airs'"):
        em.corpus.held_out(WALTZ, style="air")
