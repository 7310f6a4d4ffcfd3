"""What verovio sounds from written MusicXML: the same notes at the same times, for real tunes with their pickups."""

from __future__ import annotations

import json

import pytest

import evomusic as em
from evomusic.corpus.ryan import RYAN


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
