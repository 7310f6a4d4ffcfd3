"""Melodies and optima in a notebook, and the frame of all cards."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import sys
import wave
from xml.etree import ElementTree

import numpy as np
import pytest

import evomusic as em
from evomusic.io.sound.synthesis import SOFT
from evomusic.report.cards import HEARD, parameters, table, unnamed, words
from evomusic.report.notebook import melody_page
from evomusic.report.pictures import score_svg

GRID = em.Grid(bars=4, beats=3, steps_per_beat=2, scale="D minor", chords=("Dm", "A7"))
MELODY = em.Melody.parse("D4 - F4 A4 - - | Bb4 - - A4 - - | - - G4 F4 E4 - | D4 - - - . .", GRID, "<b>Mine</b>")


def notes_of(card: str) -> dict:
    """What the first player of a card plays."""
    inside = html.unescape(re.search(r'srcdoc="([^"]*)"', card)[1])
    return json.loads(re.search(r'type="application/json">(.*?)</script>', inside)[1])


def test_a_notebook_shows_score_and_player_and_titles_are_text():
    card = MELODY._repr_html_()
    assert 'class="score"' in card
    assert "&lt;b&gt;Mine" in card
    assert "<b>" not in card
    assert len(card) < 40_000
    assert card == em.Melody.parse(MELODY.text, GRID, MELODY.title)._repr_html_()


def test_a_player_plays_the_notes_and_softly_the_chords():
    played = notes_of(MELODY._repr_html_())
    assert played["seconds"] == 6.0
    melody = [tuple(note[:3]) for note in played["notes"] if note[3] == 1]
    assert melody == [(n.pitch, n.onset / 2, n.duration / 2) for n in MELODY.notes]  # 120 beats a minute
    below = [note for note in played["notes"] if note[3] != 1]
    assert {note[3] for note in below} == {SOFT}
    assert sorted(note[0] % 12 for note in below if note[1] == 0) == [2, 5, 9]  # D minor
    assert played["notes"] == sorted(played["notes"], key=lambda note: note[1])


def test_a_card_is_a_plain_str_of_well_formed_markup():
    card = MELODY._repr_html_()
    assert type(card) is str  # marimo refuses a subclass
    ElementTree.fromstring(card)


def test_cards_have_no_identifiers_so_that_equal_ones_can_stand_on_a_page():
    inside = [e for e in ElementTree.fromstring(MELODY._repr_html_()).iter() if "id" in e.attrib]
    assert inside == []
    assert "<script" not in MELODY._repr_html_()  # marimo would move the whole card into a frame


def test_what_a_score_uses_by_name_is_written_out_in_its_place():
    named = score_svg(MELODY, "m1", "a score")
    plain = unnamed(named)
    before, after = (ElementTree.fromstring(text) for text in (named, plain))
    tags = [element.tag.split("}")[1] for element in after.iter()]
    assert "use" not in tags
    used = sum(element.tag.endswith("}use") for element in before.iter())
    defined = len(before.findall(".//{*}defs/*"))
    paths = [sum(e.tag.endswith("}path") for e in root.iter()) for root in (before, after)]
    assert used > defined
    assert paths[1] == paths[0] - defined + used
    assert plain.count("fill") == named.count("fill")


def test_nothing_is_loaded_from_elsewhere():
    card = MELODY._repr_html_()
    links = set(re.findall(r"https?://[^\s\"'<&]+", html.unescape(card)))
    assert links <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_without_verovio_a_notebook_shows_the_roll(monkeypatch):
    monkeypatch.setitem(sys.modules, "verovio", None)
    monkeypatch.setattr("evomusic.report.cards.engraves", lambda: False)
    card = MELODY._repr_html_()
    assert 'class="roll"' in card
    assert 'class="score"' not in card
    assert notes_of(card)["notes"]


def test_a_long_melody_has_no_player():
    grid = em.Grid(bars=301, beats=4, steps_per_beat=1, tempo=120)
    assert grid.bars * 2 > HEARD
    assert "<iframe" not in em.Melody(np.zeros(grid.steps, np.uint8), grid)._repr_html_()


def test_a_melody_of_rests_has_a_card():
    assert "0 notes" in em.Melody(np.zeros(GRID.steps, np.uint8), GRID)._repr_html_()


def test_results_show_their_melody(tmp_path):
    best = em.make("tiny").optimum()
    assert f"<strong>optimum</strong>: {best.value:.2f}" in best._repr_html_()
    em.write(MELODY, tmp_path / "a.mid")
    fitted = em.fit(em.read_tune(tmp_path / "a.mid"), GRID, transpose=2)
    assert fitted._repr_html_().startswith(fitted.melody._repr_html_())
    assert "<p>transposed by +2 semitones, as asked</p>" in fitted._repr_html_()


def test_a_bound_says_whether_it_is_reached():
    melody = em.make("tiny").optimum().melody
    assert "no melody returns more than 3.00" in em.Bound(3.0, 2.4, melody)._repr_html_()
    assert "2.40; no melody returns more<" in em.Bound(2.4, 2.4, melody)._repr_html_()


def test_a_page_of_its_own_is_whole_and_has_the_sound_in_it():
    page = melody_page(MELODY)
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<svg") == 1
    assert page.rstrip().endswith("</html>")
    data = base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])
    with wave.open(io.BytesIO(data)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(12 * 60 / 120 + 0.8, abs=0.01)


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


def test_columns_of_text_have_a_head_of_text():
    made = ElementTree.fromstring(f"<p>{table(('a', 'b', 'c'), [('x', words('<i>'), 3)], 'name')}</p>")
    assert [cell.get("class") for cell in made.find(".//thead/tr")] == [None, "text", None]
    assert [(cell.tag, cell.text) for cell in made.find(".//tbody/tr")] == [("th", "x"), ("td", "<i>"), ("td", "3")]


def test_parameters_are_those_that_are_not_the_defaults():
    assert parameters(em.GA()) == ""
    assert parameters(em.GA(population=50, encoding=em.Tree(reach=3))) == "population=50, encoding=Tree(reach=3)"
    assert parameters(em.QLearning(epsilon=0.5), without=("view",)) == "epsilon=0.5"
    assert len(parameters(em.GA(encoding=em.Tree(durations=tuple(range(1, 400)))))) == 300
    assert parameters(object()) == ""
