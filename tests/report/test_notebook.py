from __future__ import annotations

import base64
import io
import re
import sys
import wave
from xml.etree import ElementTree

import numpy as np
import pytest

import evomusic as em
from evomusic.report.notebook import HEARD, melody_page
from evomusic.report.pictures import score_svg

GRID = em.Grid(bars=4, beats=3, steps_per_beat=2, scale="D minor", chords=("Dm", "A7"))
MELODY = em.Melody.parse("D4 - F4 A4 - - | Bb4 - - A4 - - | - - G4 F4 E4 - | D4 - - - . .", GRID, "<b>Mine</b>")


def heard(html: str) -> float:
    """Seconds of the sound in a piece of HTML."""
    data = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    with wave.open(io.BytesIO(data)) as file:
        return file.getnframes() / file.getframerate()


def test_a_notebook_shows_score_and_sound_and_titles_are_text():
    html = MELODY._repr_html_()
    assert 'class="score"' in html
    assert "&lt;b&gt;Mine" in html
    assert "<b>" not in html
    assert heard(html) == pytest.approx(12 * 60 / 120 + 0.8, abs=0.01)
    assert len(html) < 400_000
    assert html == em.Melody.parse(MELODY.text, GRID, MELODY.title)._repr_html_()


def test_without_verovio_a_notebook_shows_the_roll(monkeypatch):
    monkeypatch.setitem(sys.modules, "verovio", None)
    html = MELODY._repr_html_()
    assert 'class="roll"' in html
    assert "audio/wav" in html


def test_a_long_melody_has_no_player():
    grid = em.Grid(bars=61, beats=4, steps_per_beat=1, tempo=120)
    assert grid.bars * 2 > HEARD
    assert "<audio" not in em.Melody(np.full(grid.steps, 2, np.uint8), grid)._repr_html_()


def test_results_show_their_melody(tmp_path):
    best = em.make("tiny").optimum()
    assert best._repr_html_().startswith(f"<p>optimum: {best.value:g}</p><div")
    em.write(MELODY, tmp_path / "a.mid")
    fitted = em.fit(em.read_tune(tmp_path / "a.mid"), GRID, transpose=2)
    assert fitted._repr_html_().startswith(fitted.melody._repr_html_())
    assert "<p>transposed by +2 semitones, as asked</p>" in fitted._repr_html_()


def test_a_page_of_its_own_is_whole():
    page = melody_page(MELODY)
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<svg") == 1
    assert page.rstrip().endswith("</html>")


def test_printed_notes_of_a_score_say_which_note_of_the_melody_they_are():
    root = ElementTree.fromstring(score_svg(MELODY, "m1", "a score"))
    places = [int(e.get("data-note")) for e in root.iter() if "data-note" in e.attrib]
    assert places == [0, 1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 8]  # both A4 are tied, the second over the bar line too
    ids = [e.get("id") for e in root.iter() if "id" in e.attrib]
    assert all(name.startswith("m1-") for name in ids)
    links = {e.get("{http://www.w3.org/1999/xlink}href") for e in root.iter() if e.tag.endswith("use")}
    assert links == {f"#{name}" for name in ids}
    assert (root.get("role"), root.get("aria-label")) == ("img", "a score")
    assert not [name for e in root.iter() for name in e.attrib if name == "style"]
