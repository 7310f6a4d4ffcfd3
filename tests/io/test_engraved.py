"""What verovio sounds from written MusicXML: the same notes at the same times, for real tunes with their pickups."""

from __future__ import annotations

import json

import numpy as np
import pytest

import evomusic as em
from evomusic.corpus.ryan import RYAN
from evomusic.io.musicxml.write import musicxml_bytes


def sounded(toolkit, text):
    """Onsets in quarters and pitches of what verovio plays, ties' later notes included."""
    toolkit.loadData(text)
    found = toolkit.renderToTimemap({})
    for event in json.loads(found) if isinstance(found, str) else found:
        for name in event.get("on", []):
            values = toolkit.getMIDIValuesForElement(name)
            values = json.loads(values) if isinstance(values, str) else values
            yield round(event["qstamp"], 4), values["pitch"]


@pytest.mark.slow
def test_verovio_reads_the_tunes_of_a_book_alike(tmp_path):
    verovio = pytest.importorskip("verovio")
    toolkit, count = verovio.toolkit(), 0
    for path in RYAN.paths()[::3]:
        melody = em.read(path)
        em.write(melody, tmp_path / "tune.musicxml")
        there = set(sounded(toolkit, (tmp_path / "tune.musicxml").read_text(encoding="utf-8")))
        quarter = melody.grid.beat_quarters
        notes = [(round(n.onset * quarter, 4), (n.onset + n.duration) * quarter, n.pitch) for n in melody.notes]
        assert {(onset, pitch) for onset, _, pitch in notes} <= there, path
        for onset, pitch in there:  # and nothing else, but where a note is tied
            assert any(a <= onset < b and pitch == p for a, b, p in notes), path
        count += 1
    assert count > 340


@pytest.mark.parametrize(
    ("beats", "steps", "beat"), [(2, 9, 1.5), (2, 18, 1.5), (5, 3, 0.5), (2, 4, 1.5), (4, 12, None)]
)
def test_verovio_reads_random_melodies_of_tuplets_alike(beats, steps, beat):
    toolkit, rng = pytest.importorskip("verovio").toolkit(), np.random.default_rng(1)
    grid = em.Grid(bars=4, beats=beats, steps_per_beat=steps, beat=beat)
    for _ in range(12):
        tokens = np.where(rng.random(grid.steps) < 0.6, rng.integers(0, 2, grid.steps), rng.integers(2, 9, grid.steps))
        melody = em.Melody(tokens, grid)
        there = list(sounded(toolkit, musicxml_bytes(melody).decode()))
        spans = [(n.onset * grid.beat_quarters, n.duration * grid.beat_quarters, n.pitch) for n in melody.notes]
        for onset, _, pitch in spans:
            assert any(abs(onset - at) < 0.01 and pitch == p for at, p in there)
        for at, pitch in there:  # and nothing else, but where a note is tied
            assert any(a - 0.01 < at < a + length - 0.01 and pitch == p for a, length, p in spans)
